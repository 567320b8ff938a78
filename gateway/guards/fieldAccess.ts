import type { RuledDirective, SupergraphRules } from './supergraphRules.ts'

/** One thing a field asks of whoever reads it. The lists say: one of them in full. */
export type Demand =
  | { kind: 'authenticated' }
  | { kind: 'scopes'; oneOf: readonly (readonly string[])[] }
  | { kind: 'policies'; oneOf: readonly (readonly string[])[] }

/** What somebody may do. Nobody is `{ authenticated: false }` without any right. */
export type Rights = { authenticated: boolean; scopes: ReadonlySet<string>; policies: ReadonlySet<string> }

/** What a field asks, all of it, and under which name that is remembered. */
export type FieldAccess = { key: string; demands: readonly Demand[] }

/** Looks up what the field `field` of the type `on` asks of its readers; undefined for one that is open to all. */
export type AccessTo = (on: string, field: string) => FieldAccess | undefined

/**
 * What the contract asks by `@authenticated`, `@requiresScopes` and `@policy`: of a field, on itself, on its type and on
 * the type of its value. A field of an interface asks what it asks on each of the types it may stand for, since who
 * reads it there cannot know which it is; behind `... on Type` it asks what it asks on that type alone.
 */
export function fieldAccess(rules: SupergraphRules): AccessTo {
  const known = new Map<string, FieldAccess | undefined>()
  const lookUp = (on: string, field: string): FieldAccess | undefined => {
    const type = rules.type(on)
    const definition = type?.fields.get(field)
    if (!type || !definition) return undefined
    const standsFor = type.kind === 'object' ? [] : [...type.possible].map((name) => rules.type(name))
    const directives = [
      ...type.directives,
      ...definition.directives,
      ...(rules.type(definition.type)?.directives ?? []),
      ...standsFor.flatMap((each) => [...(each?.directives ?? []), ...(each?.fields.get(field)?.directives ?? [])]),
    ]
    const demands = new Map(directives.flatMap(demandOf).map((demand) => [JSON.stringify(demand), demand]))
    return demands.size === 0 ? undefined : { key: [...demands.keys()].join(' '), demands: [...demands.values()] }
  }
  return (on, field) => {
    const name = `${on}.${field}`
    if (known.has(name)) return known.get(name)
    const access = lookUp(on, field)
    // Only fields that there are, or whoever makes up names would fill our memory.
    if (rules.type(on)?.fields.has(field)) known.set(name, access)
    return access
  }
}

function demandOf({ name, arguments: given }: RuledDirective): Demand[] {
  if (name === 'authenticated') return [{ kind: 'authenticated' }]
  if (name === 'requiresScopes') return [{ kind: 'scopes', oneOf: lists(given.scopes) }]
  return name === 'policy' ? [{ kind: 'policies', oneOf: lists(given.policies) }] : []
}

/** A list of lists, also where one name stands for a list of it, as GraphQL coerces lists. */
function lists(value: unknown): string[][] {
  return [value].flat().map((all) => [all].flat().map(String))
}

/** Whether these rights meet all demands. */
export function permits({ demands }: FieldAccess, rights: Rights): boolean {
  return demands.every((demand) => {
    if (demand.kind === 'authenticated') return rights.authenticated
    const held = rights[demand.kind]
    return demand.oneOf.some((all) => all.every((one) => held.has(one)))
  })
}

/** What is needed, in words: `the scope a and b, or c`. */
export function neededFor({ demands }: FieldAccess): string {
  return demands
    .map((demand) => {
      if (demand.kind === 'authenticated') return 'a token'
      const names = demand.oneOf.map((all) => all.join(' and ')).join(', or ')
      return `the ${demand.kind === 'scopes' ? 'scope' : 'policy'} ${names}`
    })
    .join(' and ')
}
