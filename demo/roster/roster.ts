import { parse } from 'csv-parse/sync'
import { amountCents, date, hours, line, optional, type Read, required } from './fields.ts'
import { encodingMistake, type Line, linesOf, unreadable } from './lines.ts'

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

type Columns = { [Field in Exclude<keyof Row, 'line'>]: { name: string; read: (text: string) => Read<Row[Field]> } }

const columns: Columns = {
  personnelNumber: { name: 'personnel_number', read: line },
  firstName: { name: 'first_name', read: line },
  lastName: { name: 'last_name', read: line },
  birthDate: { name: 'birth_date', read: required(date) },
  email: { name: 'email', read: optional(line) },
  department: { name: 'department', read: line },
  position: { name: 'position', read: line },
  startsOn: { name: 'starts_on', read: required(date) },
  endsOn: { name: 'ends_on', read: optional(date) },
  weeklyHours: { name: 'weekly_hours', read: required(hours) },
  monthlyGrossCents: { name: 'monthly_gross_eur', read: required(amountCents) },
}
const fields = Object.keys(columns) as (keyof Columns)[]
/** Whoever has neither an end nor an address may leave the whole column out. */
const mayBeAbsent: ReadonlySet<keyof Columns> = new Set(['email', 'endsOn'])

/**
 * Reads a file of employees: CSV in UTF-8 with the columns' names in its first line, in any order, separated
 * by commas or semicolons. Reads every line it can and says of every other why not; a line that cannot be
 * read never spoils another. Whether an employee may be hired at all is not decided here but by the platform.
 */
export function readRoster(file: Uint8Array): Roster {
  const spoilt = unreadable(file)
  if (spoilt) return { rows: [], mistakes: [{ line: 1, reason: spoilt }] }
  const [head, ...body] = linesOf(file)
  const header = readHeader(head)
  if (!header.layout) return { rows: [], mistakes: header.mistakes }

  const rows: Row[] = []
  const mistakes = [...header.mistakes]
  const lineOfNumber = new Map<string, number>()
  for (const one of body) {
    const read = readLine(one, header.layout, header.separator)
    if (!read) continue
    const earlier = lineOfNumber.get(read.row.personnelNumber ?? '')
    if (earlier !== undefined)
      read.reasons.push(`personnel_number ${read.row.personnelNumber} stands on line ${earlier} already`)
    else if (read.row.personnelNumber) lineOfNumber.set(read.row.personnelNumber, one.number)

    if (read.reasons.length > 0) mistakes.push({ line: one.number, reason: read.reasons.join('; ') })
    else rows.push({ ...(read.row as Row), line: one.number })
  }
  if (rows.length === 0 && mistakes.length === 0) mistakes.push({ line: 1, reason: 'the file names no employee' })
  return { rows, mistakes }
}

type Header = { layout?: Layout; separator: string; mistakes: Mistake[] }
type Layout = { positions: Map<keyof Columns, number>; width: number }

function readHeader(head: Line | undefined): Header {
  const separator = separatorOf(head?.text ?? '')
  const spoilt = (reason: string): Header => ({ separator, mistakes: [{ line: 1, reason }] })
  const expected = fields.map((field) => columns[field].name).join(separator)
  if (!head || head.bytes.length === 0) return spoilt(`the first line must name the columns: ${expected}`)
  const encoding = encodingMistake(head)
  if (encoding) return spoilt(`the line ${encoding}`)
  const split = splitLine(head.text ?? '', separator)
  if ('mistake' in split) return spoilt(split.mistake)

  const names = split.value.map((name) => name.toLowerCase())
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return spoilt(`the column ${twice} is there twice`)
  const positions = new Map(fields.flatMap((field) => position(field, names)))
  const absent = fields.filter((field) => !positions.has(field) && !mayBeAbsent.has(field))
  if (absent.length > 0)
    return spoilt(
      `the column ${absent.map((field) => columns[field].name).join(', ')} is missing; the first line must name ${expected}`,
    )
  const known = new Set(fields.map((field) => columns[field].name))
  const unknown = split.value.filter((name) => !known.has(name.toLowerCase()))
  const mistakes = unknown.map((name) => ({ line: 1, reason: `the column “${name}” is unknown and was left out` }))
  return { layout: { positions, width: names.length }, separator, mistakes }
}

function position(field: keyof Columns, names: string[]): [keyof Columns, number][] {
  const at = names.indexOf(columns[field].name)
  return at < 0 ? [] : [[field, at]]
}

/** A line as a row, as far as it could be read, and why not further. Undefined: the line is blank. */
function readLine(one: Line, { positions, width }: Layout, separator: string) {
  const row: Partial<Row> = {}
  const encoding = encodingMistake(one)
  if (encoding) return { row, reasons: [`the line ${encoding}`] }
  const split = splitLine(one.text ?? '', separator)
  if ('mistake' in split) return { row, reasons: [split.mistake] }
  const values = split.value
  // Spreadsheets end a file with lines that hold separators alone.
  if (values.every((value) => value === '')) return undefined

  if (values.length < width || values.slice(width).some((value) => value !== ''))
    return {
      row,
      reasons: [`the line has ${values.length} fields where the first line names ${width}${hint(separator)}`],
    }
  const reasons: string[] = []
  for (const field of fields) assign(row, field, values[positions.get(field) ?? -1] ?? '', reasons)
  return { row, reasons }
}

function hint(separator: string): string {
  return separator === ',' ? '; a value that holds a comma, such as 3.450,00, stands in "quotes"' : ''
}

function assign<Field extends keyof Columns>(row: Partial<Row>, field: Field, text: string, reasons: string[]): void {
  const { name, read } = columns[field]
  const result = read(text)
  if ('mistake' in result) reasons.push(`${name} ${result.mistake}`)
  else row[field] = result.value as Partial<Row>[Field]
}

/** Whichever there are more of in the first line; a column's name holds neither. */
function separatorOf(head: string): string {
  return head.split(';').length > head.split(',').length ? ';' : ','
}

// Each line by itself: a quote that is not closed must not swallow the lines after it.
function splitLine(text: string, separator: string): Read<string[]> {
  try {
    const [values = []] = parse(text, { delimiter: separator, trim: true, relax_column_count: true })
    return { value: values }
  } catch {
    return { mistake: 'the line has a quotation mark that is not closed, or stands inside of a field' }
  }
}
