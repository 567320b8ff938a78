import { employeeOf } from './expectedChanges.ts'
import type { AuditRecord, DraftRecord } from './records.ts'
import { table } from './table.ts'

const rowsAtMost = 400
const longestValue = 30
const longestState = 64
/** Columns that say nothing a reader of the table would look for. */
const bookkeeping = new Set(['id', 'version', 'employeeId', 'subjectId', 'subjectType', 'departmentId', 'attestation'])

/** Every change as a table: when, who, through which command, of what, and what it was before and after. */
export function trailTable(
  records: readonly AuditRecord[],
  { roleOf, numberOf }: { roleOf: (person: string) => string; numberOf: (employeeId: string) => string },
): string {
  const groups = [...Map.groupBy(records, likeness).values()]
  const rows = groups.slice(0, rowsAtMost).map((group) => {
    const [first] = group as [AuditRecord]
    const { before, after } = changedFields(first)
    return [
      secondsOf(first.recordedAt),
      first.service === 'saga-worker' ? `${roleOf(first.person)} (saga)` : roleOf(first.person),
      first.command,
      `${first.entity}${group.length > 1 ? ` ×${group.length}` : ''}`,
      numberOf(employeeOf(first) ?? '') || String(first.after?.name ?? ''),
      before,
      after,
    ]
  })
  const more = groups.length > rowsAtMost ? `  … and ${groups.length - rowsAtMost} more\n` : ''
  const title = `Audit trail: ${records.length} changes (times in UTC)`
  return table(title, ['when', 'who', 'command', 'what', 'of', 'before', 'after'], rows) + more
}

/** Some drafts as the trail holds them, and as they read for an auditor who may see personal data. */
export function sealedTable(drafts: readonly DraftRecord[], numberOf: (employeeId: string) => string): string {
  const rows = drafts.map(({ entityId, after, personnelAfter }) => [
    numberOf(entityId),
    shown(sealedText(after?.lastName)),
    `${personnelAfter?.firstName} ${personnelAfter?.lastName}, born ${String(personnelAfter?.birthDate).slice(0, 10)}`,
  ])
  return table('Personal data in the audit trail', ['of', 'last name as it is kept', 'opened for the auditor'], rows)
}

/** Whether a value is kept as ciphertext. */
export function isSealed(value: unknown): boolean {
  return sealedText(value) !== undefined
}

/** What records of one command about one employee share that differ in nothing but their row, such as a list's tasks. */
function likeness(record: AuditRecord): string {
  const { command, entity, operation, recordedAt } = record
  return [command, entity, operation, recordedAt, employeeOf(record) ?? record.entityId].join()
}

function changedFields({ before, after }: AuditRecord): { before: string; after: string } {
  const names = [...new Set(['status', ...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (name) => !bookkeeping.has(name) && differ(before?.[name], after?.[name]),
  )
  const told = (row: Record<string, unknown> | null) => {
    if (row === null) return '–'
    const filled = names.filter((name) => row[name] !== null && row[name] !== undefined)
    const plain = filled.filter((name) => !isSealed(row[name])).map((name) => `${name} ${shown(row[name])}`)
    const sealed = filled.length > plain.length ? [`${filled.length - plain.length} sealed fields`] : []
    return cut([...plain, ...sealed].join(', '), longestState)
  }
  return { before: told(before), after: told(after) }
}

/** Two sealed values differ by their ciphertext alone, and nobody can tell from it whether they say the same. */
function differ(before: unknown, after: unknown): boolean {
  if (isSealed(before) && isSealed(after)) return false
  return JSON.stringify(before ?? null) !== JSON.stringify(after ?? null)
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value !== 'string') return cut(JSON.stringify(value), longestValue)
  if (midnight.test(value)) return value.slice(0, 10)
  return cut(moment.test(value) ? secondsOf(value) : value.replace(uuid, '$1…'), longestValue)
}
const midnight = /^\d{4}-\d\d-\d\dT00:00:00/
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/
const uuid = /^([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function secondsOf(moment: string): string {
  return moment.slice(0, 19).replace('T', ' ')
}

function sealedText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('sealed' in value)) return undefined
  return typeof value.sealed === 'string' ? value.sealed : undefined
}

function cut(text: string, atMost: number): string {
  return text.length > atMost ? `${text.slice(0, atMost - 1)}…` : text
}
