import type { AuditRecord } from './records.ts'

/** One kind of change that the audit trail must hold about an employee. */
export type ExpectedChange = {
  command: string
  entity: string
  operation: 'CREATE' | 'UPDATE'
  /** Role of the person behind it, also where a saga acted for that person. */
  by: 'clerk' | 'approver'
  service: 'gateway' | 'saga-worker'
  count: number
}

const drafted: ExpectedChange[] = [
  change('draftEmployee', 'Employee', 'CREATE', 'clerk', 'gateway'),
  change('draftEmployee', 'Contract', 'CREATE', 'clerk', 'gateway'),
  change('openAccount', 'PayrollAccount', 'CREATE', 'clerk', 'saga-worker'),
  change('requestApproval', 'ApprovalRequest', 'CREATE', 'clerk', 'saga-worker'),
]
const hired: ExpectedChange[] = [
  ...drafted,
  change('approveRequest', 'ApprovalRequest', 'UPDATE', 'approver', 'gateway'),
  change('activateEmployee', 'Employee', 'UPDATE', 'clerk', 'saga-worker'),
]
const rejected: ExpectedChange[] = [
  ...drafted,
  change('rejectRequest', 'ApprovalRequest', 'UPDATE', 'approver', 'gateway'),
  change('closeAccount', 'PayrollAccount', 'UPDATE', 'clerk', 'saga-worker'),
  change('withdrawDraft', 'Employee', 'UPDATE', 'clerk', 'saga-worker'),
]

/** What a hiring, and what a rejection, must have left in the trail: no more and no less. */
export function expectedChanges({ isRejected, tasks }: { isRejected: boolean; tasks: number }): ExpectedChange[] {
  if (isRejected) return rejected
  return [...hired, { ...change('openOnboarding', 'OnboardingTask', 'CREATE', 'clerk', 'saga-worker'), count: tasks }]
}

/** The employee a record is about, whichever domain wrote it. */
export function employeeOf({ entity, entityId, before, after }: AuditRecord): string | undefined {
  if (entity === 'Employee') return entityId
  const row = after ?? before
  const named = row?.employeeId ?? (row?.subjectType === 'Employee' ? row.subjectId : undefined)
  return typeof named === 'string' ? named : undefined
}

/** The records of departments' creation, by the name they were given. */
export function departmentsCreated(records: readonly AuditRecord[]): Map<string, AuditRecord[]> {
  const created = records.filter(({ entity, operation }) => entity === 'Department' && operation === 'CREATE')
  return Map.groupBy(created, ({ after }) => String(after?.name))
}

/** How the records about one employee differ from those expected; empty when they do not. */
export function differences(
  records: readonly AuditRecord[],
  expected: readonly ExpectedChange[],
  roleOf: (person: string) => string,
): string[] {
  const found = new Map<string, number>()
  for (const { command, entity, operation, person, service } of records) {
    const kind = kindOf({ command, entity, operation, by: roleOf(person), service })
    found.set(kind, (found.get(kind) ?? 0) + 1)
  }
  const wanted = new Map(expected.map((one) => [kindOf(one), one.count]))
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((kind) => {
    const [is, should] = [found.get(kind) ?? 0, wanted.get(kind) ?? 0]
    return is === should ? [] : [`${kind}: ${is} in the trail, ${should} expected`]
  })
}

function kindOf(one: { command: string; entity: string; operation: string; by: string; service: string }): string {
  return `${one.command} ${one.operation} ${one.entity} by the ${one.by} through ${one.service}`
}

function change(
  command: string,
  entity: string,
  operation: ExpectedChange['operation'],
  by: ExpectedChange['by'],
  service: ExpectedChange['service'],
): ExpectedChange {
  return { command, entity, operation, by, service, count: 1 }
}
