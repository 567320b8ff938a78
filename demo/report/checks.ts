import type { Drafted } from '../acts/clerk.ts'
import { whyRejected } from '../acts/minimumWage.ts'
import type { Attempt } from '../acts/ownApproval.ts'
import type { Saga } from '../acts/sagas.ts'
import { differences, expectedChanges } from './expectedChanges.ts'
import type { AuditRecord, DraftRecord, Employee } from './records.ts'
import { isSealed } from './trail.ts'

/** What is expected of a run, and what was found against it; nothing found means it holds. */
export type Check = { expectation: string; found: string[] }

/** What the endpoint says about the employees of the file after a run. */
export type Findings = {
  drafted: readonly Drafted[]
  employees: ReadonlyMap<string, Employee>
  sagas: ReadonlyMap<string, readonly Saga[]>
  /** The audit trail, by employee. */
  changes: ReadonlyMap<string, readonly AuditRecord[]>
  /** The creation of each department, by its name. */
  departments: ReadonlyMap<string, readonly AuditRecord[]>
  drafts: ReadonlyMap<string, DraftRecord>
  attempt: Attempt | undefined
}

/** Holds what was found against what the file says and the approver's rule demands. */
export function checksOf(findings: Findings, roleOf: (person: string) => string): Check[] {
  const { drafted, attempt } = findings
  const each = (expectation: string, check: (one: Drafted) => string[]): Check => ({
    expectation,
    found: drafted.flatMap((one) => check(one).map((found) => `${one.row.personnelNumber}: ${found}`)),
  })
  return [
    each('every employee is kept as the file says', (one) => asTheFileSays(one, findings)),
    each('who was approved is hired, who was rejected is withdrawn', (one) => endedRightly(one, findings)),
    each('every saga ended, one for each employee', (one) => oneSagaEnded(one, findings)),
    each('the payroll account is open, or closed again', (one) => accountRight(one, findings)),
    each('every change is in the audit trail once, with the right person', (one) =>
      differences(findings.changes.get(one.employeeId) ?? [], expectedOf(one, findings), roleOf),
    ),
    { expectation: 'every department is in the audit trail once', found: departmentsOnce(findings) },
    each('personal data are sealed in the trail, and open for the auditor', (one) => sealedAndOpen(one, findings)),
    { expectation: 'the clerk cannot approve what he drafted', found: drafted.length > 0 ? refused(attempt) : [] },
  ]
}

/** Whether the trail is complete; it follows the changes by a moment. */
export function trailIsComplete(findings: Omit<Findings, 'drafts' | 'attempt'>): boolean {
  if (departmentsOf(findings.drafted).some((name) => !findings.departments.has(name))) return false
  return findings.drafted.every((one) => {
    const due = expectedOf(one, findings).reduce((sum, { count }) => sum + count, 0)
    return (findings.changes.get(one.employeeId)?.length ?? 0) >= due
  })
}

export function isRejected({ row }: Drafted): boolean {
  return whyRejected(row) !== undefined
}

/** The departments that the employees of the file are in. */
export function departmentsOf(drafted: Findings['drafted']): string[] {
  return [...new Set(drafted.map(({ row }) => row.department))]
}

function departmentsOnce({ drafted, departments }: Findings): string[] {
  return departmentsOf(drafted).flatMap((name) => {
    const times = departments.get(name)?.length ?? 0
    return times === 1 ? [] : [`the creation of ${name} is there ${times} times`]
  })
}

type Partly = Pick<Findings, 'employees'>

function expectedOf(one: Drafted, { employees }: Partly) {
  const tasks = employees.get(one.employeeId)?.onboarding.length ?? 0
  return expectedChanges({ isRejected: isRejected(one), tasks })
}

function asTheFileSays({ row, employeeId }: Drafted, { employees }: Findings): string[] {
  const employee = employees.get(employeeId)
  if (!employee) return ['is not there']
  const { personnelNumber, firstName, lastName, birthDate, email, contract } = employee
  const is = {
    personnelNumber,
    firstName,
    lastName,
    birthDate,
    email,
    department: employee.department.name,
    ...contract,
  }
  const { line: _, ...should } = row
  return Object.entries(should).flatMap(([field, value]) => {
    const found = is[field as keyof typeof is]
    return found === value ? [] : [`${field} is ${found}, the file says ${value}`]
  })
}

function endedRightly(one: Drafted, { employees }: Findings): string[] {
  const employee = employees.get(one.employeeId)
  const should = isRejected(one) ? 'WITHDRAWN' : 'ACTIVE'
  if (employee?.status !== should) return [`is ${employee?.status}, expected ${should}`]
  if (should === 'WITHDRAWN') return employee.withdrawnBecause ? [] : ['is withdrawn without a reason']
  return employee.onboarding.length > 0 ? [] : ['has no onboarding list']
}

function oneSagaEnded(one: Drafted, { sagas }: Findings): string[] {
  const found = sagas.get(one.employeeId) ?? []
  const should = isRejected(one) ? 'COMPENSATED' : 'COMPLETED'
  const [only] = found
  if (found.length !== 1 || !only) return [`has ${found.length} sagas`]
  return only.state === should
    ? []
    : [`its saga is ${only.state}${only.reason ? ` (${only.reason})` : ''}, expected ${should}`]
}

function accountRight(one: Drafted, { employees }: Findings): string[] {
  const status = employees.get(one.employeeId)?.payrollAccount?.status ?? 'missing'
  const should = isRejected(one) ? 'CLOSED' : 'OPEN'
  return status === should ? [] : [`its payroll account is ${status}, expected ${should}`]
}

function sealedAndOpen({ row, employeeId }: Drafted, { drafts }: Findings): string[] {
  const record = drafts.get(employeeId)
  if (!record) return ['the record of the draft is missing']
  const personal = ['firstName', 'lastName', 'birthDate'] as const
  const plain = personal.filter((field) => !isSealed(record.after?.[field])).map((field) => `${field} is not sealed`)
  const opened = record.personnelAfter?.lastName
  return opened === row.lastName ? plain : [...plain, `its last name opens as ${opened}`]
}

function refused(attempt: Attempt | undefined): string[] {
  if (!attempt) return ['no attempt was made']
  const { personnelNumber, outcome, sagaState, replayed } = attempt
  const what = `the attempt on ${personnelNumber}`
  // A run with another file has decided it before: too late to try, which every attempt is told alike.
  if (outcome === 'APPROVAL_NOT_PENDING' && sagaState === undefined) return []
  if (outcome !== 'FOUR_EYES_VIOLATED') return [`${what} ended with ${outcome}, expected FOUR_EYES_VIOLATED`]
  return replayed || sagaState === 'WAITING' ? [] : [`${what} was made while its saga was ${sagaState}`]
}
