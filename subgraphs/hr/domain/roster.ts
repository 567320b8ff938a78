import { type Refusal, refuse } from '@steinmetz/kernel/errors'
import {
  amountCents,
  type Columns,
  date,
  type Entry,
  hours,
  line,
  optional,
  required,
  tableReader,
} from '@steinmetz/kernel/table'

/** An employee as a line of a table says: the department by its name, dates in ISO 8601. */
export type RosterRow = {
  personnelNumber: string
  firstName: string
  lastName: string
  birthDate: string
  email: string | null
  department: string
  position: string
  startsOn: string
  endsOn: string | null
  weeklyHours: number
  monthlyGrossCents: number
}

const columns: Columns<RosterRow> = {
  personnelNumber: { name: 'personnel_number', read: line, unique: true },
  firstName: { name: 'first_name', read: line },
  lastName: { name: 'last_name', read: line },
  birthDate: { name: 'birth_date', read: required(date) },
  email: { name: 'email', read: optional(line), mayBeAbsent: true },
  department: { name: 'department', read: line },
  position: { name: 'position', read: line },
  startsOn: { name: 'starts_on', read: required(date) },
  endsOn: { name: 'ends_on', read: optional(date), mayBeAbsent: true },
  weeklyHours: { name: 'weekly_hours', read: required(hours) },
  monthlyGrossCents: { name: 'monthly_gross_eur', read: required(amountCents) },
}

const rowsAtMost = 500
const mistakesTold = 20

/** What is wrong with a line. It never repeats what stands there: it is stored with the answer. */
export type Mistake = { readonly line: number; readonly mistake: string }

/** Reads a table of employees; whether they may be hired is decided of each row. */
export function readRoster(table: Uint8Array): Entry<RosterRow>[] {
  const reader = tableReader(columns, { quoting: false })
  const entries = [...reader.push(table), ...reader.end()]
  const rows = entries.filter((entry) => 'row' in entry).length
  if (rows <= rowsAtMost) return entries
  return [{ line: 1, mistake: `the table has ${rows} employees: import at most ${rowsAtMost} at once` }]
}

/** Says a mistake of one field of a draft, `contract.weeklyHours: give …`, of the column it came from. */
export function inColumn(mistake: string): string {
  const [, field = '', reason = mistake] = /^(?:contract\.)?(\w+): (.*)$/s.exec(mistake) ?? []
  const column = (columns as Partial<Record<string, { readonly name: string }>>)[field]
  return column ? `${column.name}: ${reason}` : mistake
}

/** The refusal of a table: nothing of it was imported. */
export function refuseTable(field: string, mistakes: readonly Mistake[]): Refusal {
  const told = mistakes.slice(0, mistakesTold).map(({ line: at, mistake }) => `line ${at}: ${mistake}`)
  const more = mistakes.length > mistakesTold ? [`and ${mistakes.length - mistakesTold} more`] : []
  return refuse('INVALID_INPUT', [`${field}: nothing was imported`, ...told, ...more].join('\n'), {
    mistakes: mistakes.length,
  })
}
