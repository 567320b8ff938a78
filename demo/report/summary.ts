import { whyRejected } from '../acts/minimumWage.ts'
import type { Tally } from '../acts/mutations.ts'
import type { Attempt } from '../acts/ownApproval.ts'
import type { SagaCounts } from '../acts/sagas.ts'
import type { Mistake } from '../roster/roster.ts'
import { type Check, type Findings, isRejected } from './checks.ts'
import { table } from './table.ts'

const rowsAtMost = 200

/** The employees of the file, each with what became of it. */
export function employeesTable({ drafted, employees, sagas, changes }: Findings): string {
  const rows = drafted.slice(0, rowsAtMost).map(({ row, employeeId }) => {
    const employee = employees.get(employeeId)
    const [saga] = sagas.get(employeeId) ?? []
    return [
      row.personnelNumber,
      `${employee?.firstName} ${employee?.lastName}`,
      employee?.department.name ?? '',
      employee?.contract.weeklyHours.toFixed(2) ?? '',
      euros(employee?.contract.monthlyGrossCents),
      employee?.status ?? 'missing',
      saga?.state ?? 'missing',
      employee?.payrollAccount?.status ?? 'missing',
      changes.get(employeeId)?.length ?? 0,
    ]
  })
  const more = drafted.length > rowsAtMost ? `  … and ${drafted.length - rowsAtMost} more\n` : ''
  const header = ['number', 'name', 'department', 'hours', 'gross', 'employee', 'saga', 'account', 'changes']
  return table('Employees', header, rows) + more
}

/** How the saga of a rejected contract was rolled back, step by step. */
export function rolledBack({ drafted, employees, sagas }: Findings): string {
  const rejected = drafted.filter(isRejected).slice(0, rowsAtMost)
  if (rejected.length === 0) return '\nNo contract was below the minimum wage, so none was rejected.\n'
  const rows = rejected.flatMap((one) => {
    const { row, employeeId } = one
    const steps = (sagas.get(employeeId) ?? []).flatMap((saga) => saga.steps)
    const told = steps.map(({ name, direction, status }) =>
      direction === 'COMPENSATION' ? `undo ${name} ${status}` : `${name} ${status}`,
    )
    const reason = employees.get(employeeId)?.withdrawnBecause ?? ''
    return [[row.personnelNumber, whyRejected(row) ?? '', told.join(' → '), reason]]
  })
  return table(
    'Rejected by the approver, and rolled back',
    ['number', 'why', 'steps of the saga', 'withdrawn because'],
    rows,
  )
}

export function attemptLine(attempt: Attempt | undefined): string {
  if (!attempt) return ''
  const { personnelNumber, outcome, sagaState, replayed } = attempt
  if (outcome === 'APPROVAL_NOT_PENDING')
    return `\nThe contract of ${personnelNumber} was decided in an earlier run, so the clerk had nothing to try.\n`
  const when = replayed ? 'as an earlier run was told' : `while the saga was ${sagaState}`
  return `\nThe clerk tried to approve ${personnelNumber}, whom he had drafted: ${outcome}, ${when}.\n`
}

export function countsTable({ drafted, employees }: Findings, counts: SagaCounts): string {
  const statuses = drafted.map(({ employeeId }) => employees.get(employeeId)?.status)
  const count = (status: string) => statuses.filter((one) => one === status).length
  const { COMPLETED, COMPENSATED, STUCK, RUNNING, WAITING, COMPENSATING } = counts
  return table(
    'In numbers',
    ['what', 'count'],
    [
      ['employees of the file, active', count('ACTIVE')],
      ['employees of the file, withdrawn', count('WITHDRAWN')],
      ['all hirings, completed', COMPLETED],
      ['all hirings, rolled back', COMPENSATED],
      ['all hirings, not ended', STUCK + RUNNING + WAITING + COMPENSATING],
    ],
  )
}

export function mistakesTable(file: string, mistakes: readonly Mistake[]): string {
  if (mistakes.length === 0) return ''
  const rows = mistakes.slice(0, rowsAtMost).map(({ line, reason }) => [line, reason])
  const more = mistakes.length > rowsAtMost ? `  … and ${mistakes.length - rowsAtMost} more\n` : ''
  return table(`Not hired from ${file}`, ['line', 'reason'], rows) + more
}

export function checksTable(checks: readonly Check[]): string {
  const rows = checks.map(({ expectation, found }) => [found.length === 0 ? '✓' : '✗', expectation])
  const failed = checks.flatMap(({ found }) => found)
  const told = failed.slice(0, rowsAtMost).map((one) => `  ✗ ${one}\n`)
  return table('Checks', ['', 'expectation'], rows) + told.join('')
}

/** What the run's mutations did: the sentence by which a second run says that it did nothing. */
export function tallyLine({ made, refused, replayed }: Tally): string {
  const all = made + refused + replayed
  if (made === 0 && refused === 0)
    return `\nAll ${all} mutations were replays of an earlier run: they were answered from their idempotency keys, and nothing was created.\n`
  return `\n${all} mutations: ${made} made a change, ${refused} were refused, ${replayed} were replays.\n`
}

function euros(cents: number | undefined): string {
  return cents === undefined ? '' : `${(cents / 100).toFixed(2)} €`
}
