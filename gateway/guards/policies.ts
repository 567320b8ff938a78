import type { Caller } from './authentication.ts'

/**
 * Who meets a policy (`@policy`): a caller of one of its tenants, by one of its accounts, with all of its scopes. What it
 * does not name it does not ask.
 */
export type Policy = {
  scopes?: readonly string[] | undefined
  tenants?: readonly string[] | undefined
  accounts?: readonly string[] | undefined
}

/** Tells which of these policies a caller meets. One that nobody has configured is met by nobody. */
export function policiesMet(policies: Readonly<Record<string, Policy>>): (caller: Caller) => ReadonlySet<string> {
  const all = Object.entries(policies)
  return (caller) => new Set(all.filter(([, policy]) => meets(caller, policy)).map(([name]) => name))
}

function meets({ scopes: held, tenantId, account }: Caller, { scopes, tenants, accounts }: Policy): boolean {
  return (
    (scopes?.every((scope) => held.has(scope)) ?? true) &&
    (tenants?.includes(tenantId) ?? true) &&
    (accounts?.includes(account) ?? true)
  )
}
