import { amountCents, type Columns, date, hours, line, optional, readTable, required } from '@steinmetz/kernel/table'

/** One employee to be hired, as a line of the file says; dates in ISO 8601. */
export type Row = {
  line: number
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

/** Why a line was not read, or what about the file is wrong (line 1). */
export type Mistake = { line: number; reason: string }

/** What a file says: the rows that can be hired, and what must be put right before the others can. */
export type Roster = { rows: Row[]; mistakes: Mistake[] }

/** Whoever has neither an end nor an address may leave the whole column out. */
const columns: Columns<Omit<Row, 'line'>> = {
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

/**
 * Reads a file of employees as it comes. Every line that can be read is a row, of every other it is said why
 * not. Whether an employee may be hired at all is not decided here but by the platform.
 */
export async function* employeesIn(file: AsyncIterable<Uint8Array>): AsyncGenerator<Row | Mistake> {
  for await (const entry of readTable(file, columns, { quoting: true }))
    yield 'row' in entry ? { ...entry.row, line: entry.line } : { line: entry.line, reason: entry.mistake }
}

/** Reads a file of employees to its end. */
export async function readRoster(file: AsyncIterable<Uint8Array>): Promise<Roster> {
  const roster: Roster = { rows: [], mistakes: [] }
  for await (const one of employeesIn(file)) {
    if ('reason' in one) roster.mistakes.push(one)
    else roster.rows.push(one)
  }
  return roster
}
