/** Two firms: the one the platform is shown with, and one that must never see anything of it. */
export const tenants = {
  steinmetz: '5e1d0000-0000-4000-8000-000000000001',
  nordwind: '5e1d0000-0000-4000-8000-000000000002',
} as const

export type TenantName = keyof typeof tenants

/** What each demo role may do. The approver neither drafts nor edits, so four eyes are two persons. */
export const roleScopes = {
  clerk: ['hr:read', 'hr:write', 'approvals:read', 'processes:read', 'billing:read', 'billing:write'],
  approver: ['hr:read', 'approvals:read', 'approvals:decide', 'processes:read'],
  'payroll-clerk': ['hr:read', 'payroll:read', 'payroll:write'],
  auditor: [
    ...['hr:read', 'payroll:read', 'approvals:read', 'compliance:read', 'processes:read', 'billing:read'],
    'hr:personal',
  ],
  operator: ['processes:read', 'processes:operate', 'processes:release'],
  // What new processes begin on is decided by two: the operator and this one.
  'release-manager': ['processes:read', 'processes:release'],
} as const

export type Role = keyof typeof roleScopes

export const roles = Object.keys(roleScopes) as readonly Role[]

/** One human being with one account in one firm. */
export type Person = { person: string; account: string; tenant: string }

/** The person who plays a role in a firm: always the same, and another one in every role and firm. */
export function personOf(role: Role, tenant: TenantName = 'steinmetz'): Person {
  const firm = Object.keys(tenants).indexOf(tenant) + 1
  const number = roles.indexOf(role) + 1
  return {
    person: `9e500000-0000-4000-8000-0000000${firm}000${number}`,
    account: `${role}@${tenant}`,
    tenant: tenants[tenant],
  }
}
