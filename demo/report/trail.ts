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
      first.recordedAt.replace('T', ' ').replace('Z', ''),
      first.service === 'saga-worker' ? `${roleOf(first.person)} (saga)` : roleOf(first.person),
      first.command,
      `${first.entity}${group.length > 1 ? ` ×${group.length}` : ''}`,
      numberOf(employeeOf(first) ?? ''),
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

/** Records of one command about one employee that differ in nothing but their row, such as a list's tasks. */
function likeness({ command, entity, operation, recordedAt, ...record }: AuditRecord): string {
  return [
    command,
    entity,
    operation,
    recordedAt,
    employeeOf({ command, entity, operation, recordedAt, ...record }),
  ].join()
}

function changedFields({ before, after }: AuditRecord): { before: string; after: string } {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (name) =>
      !bookkeeping.has(name) && JSON.stringify(before?.[name] ?? null) !== JSON.stringify(after?.[name] ?? null),
  )
  const told = (row: Record<string, unknown> | null) =>
    row === null ? '–' : cut(names.map((name) => `${name} ${shown(row[name])}`).join(', '), longestState)
  return { before: told(before), after: told(after) }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (isSealed(value)) return '⟨sealed⟩'
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT00:00:00/.test(value)) return value.slice(0, 10)
  return cut(typeof value === 'string' ? value : JSON.stringify(value), longestValue)
}

function sealedText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('sealed' in value)) return undefined
  return typeof value.sealed === 'string' ? value.sealed : undefined
}

function cut(text: string, atMost: number): string {
  return text.length > atMost ? `${text.slice(0, atMost - 1)}…` : text
}
