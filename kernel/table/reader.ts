import { type Columns, type Layout, layoutOf } from './columns.ts'
import { excerpt, type Line, lineSplitter, textOf } from './lines.ts'
import { splitLine, unsplittable } from './split.ts'

/** A line that was read, or why it could not be; of the table as a whole, line 1. */
export type Entry<Row> =
  | { readonly line: number; readonly row: Row }
  | { readonly line: number; readonly mistake: string }

export type TableOptions = {
  /** Whether reasons quote what they are about: for whoever has the file, not for what is stored or logged. */
  readonly quoting: boolean
  /** Longest line that is read. Default 20,000 bytes. */
  readonly lineAtMostBytes?: number
}

/** Reads a table piece by piece and gives the entries that each piece completes. */
export type TableReader<Row> = { push(piece: Uint8Array): Entry<Row>[]; end(): Entry<Row>[] }

/**
 * Reads a table as people save it: CSV in UTF-8, the columns' names in its first line, in any order, separated
 * by commas or semicolons, values in quotes where need be. Reads every line it can and says of every other why
 * not: each line stands by itself, so that one that cannot be read never spoils another. Holds one line at a
 * time, and the values of unique columns.
 */
export function tableReader<Row extends object>(
  columns: Columns<Row>,
  { quoting, lineAtMostBytes = 20_000 }: TableOptions,
): TableReader<Row> {
  const splitter = lineSplitter(lineAtMostBytes)
  const readRow = rowReader(columns, quoting)
  let layout: Layout<Row> | undefined
  let given = 0

  function entriesOf(line: Line): Entry<Row>[] {
    if (line.number > 1 && !layout) return []
    const read = textOf(line, quoting)
    if ('mistake' in read) return [{ line: line.number, mistake: `the line ${read.mistake}` }]
    if (layout) return readRow(line.number, read.text, layout)
    const header = layoutOf(read.text, columns, quoting)
    layout = header.layout
    return header.mistakes.map((mistake) => ({ line: 1, mistake }))
  }

  function entries(lines: readonly Line[]): Entry<Row>[] {
    const read = lines.flatMap(entriesOf)
    given += read.length
    return read
  }

  return {
    push: (piece) => entries(splitter.push(piece)),
    end() {
      const last = entries(splitter.end())
      return given > 0 ? last : [{ line: 1, mistake: 'the table has no line but the first' }]
    },
  }
}

/** Reads a table from where it comes in pieces, such as a file's stream, no faster than its entries are taken. */
export async function* readTable<Row extends object>(
  pieces: AsyncIterable<Uint8Array>,
  columns: Columns<Row>,
  options: TableOptions,
): AsyncGenerator<Entry<Row>> {
  const reader = tableReader(columns, options)
  for await (const piece of pieces) yield* reader.push(piece)
  yield* reader.end()
}

function rowReader<Row extends object>(columns: Columns<Row>, quoting: boolean) {
  const fields = Object.keys(columns) as (keyof Row)[]
  const unique = fields.filter((field) => columns[field].unique)
  const linesByValue = new Map(unique.map((field) => [field, new Map<unknown, number>()]))
  const told = (text: string) => (quoting && text !== '' ? `“${excerpt(text)}” ` : '')

  function assign<Field extends keyof Row>(row: Partial<Row>, field: Field, text: string, reasons: string[]): void {
    const { name, read } = columns[field]
    const result = read(text)
    if ('value' in result) row[field] = result.value
    else reasons.push(`${name} ${told(text)}${result.mistake}`)
  }

  function repeated(row: Partial<Row>, line: number): string[] {
    return [...linesByValue].flatMap(([field, lines]) => {
      const value = row[field]
      if (value === undefined) return []
      const earlier = lines.get(value)
      if (earlier === undefined) lines.set(value, line)
      return earlier === undefined
        ? []
        : [`${columns[field].name} ${quoting ? `${excerpt(String(value))} ` : ''}stands on line ${earlier} already`]
    })
  }

  return (line: number, text: string, { separator, width, places }: Layout<Row>): Entry<Row>[] => {
    const values = splitLine(text, separator)
    if (!values) return [{ line, mistake: `the line ${unsplittable}` }]
    // Spreadsheets end a file with lines that hold separators alone.
    if (values.every((value) => value === '')) return []
    if (values.length < width || values.slice(width).some((value) => value !== '')) {
      const hint = separator === ',' ? '; a value that holds a comma, such as 3.450,00, stands in "quotes"' : ''
      const mistake = `the line has ${values.length} fields where the first line names ${width}${hint}`
      return [{ line, mistake }]
    }
    const row: Partial<Row> = {}
    const reasons: string[] = []
    for (const field of fields) assign(row, field, values[places.get(field) ?? -1] ?? '', reasons)
    reasons.push(...repeated(row, line))
    return [reasons.length > 0 ? { line, mistake: reasons.join('; ') } : { line, row: row as Row }]
  }
}
