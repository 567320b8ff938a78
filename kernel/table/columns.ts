import type { Read } from './fields.ts'
import { excerpt } from './lines.ts'
import { splitLine, unsplittable } from './split.ts'

/** A column of a table: what it is called in the first line, and how its values are read. */
export type Column<Value> = {
  readonly name: string
  readonly read: (text: string) => Read<Value>
  /** Whether the whole column may be left out; its values are read as ''. */
  readonly mayBeAbsent?: boolean
  /** Whether no two lines may have the same value. */
  readonly unique?: boolean
}

export type Columns<Row> = { readonly [Field in keyof Row]: Column<Row[Field]> }

/** Where a table has its columns. */
export type Layout<Row> = {
  readonly separator: ',' | ';'
  readonly width: number
  /** By field; -1 for a column that is absent. */
  readonly places: ReadonlyMap<keyof Row, number>
}

/** Finds the columns in the first line. Without a layout nothing of the table can be read. */
export function layoutOf<Row extends object>(
  head: string,
  columns: Columns<Row>,
  quoting: boolean,
): { layout?: Layout<Row>; mistakes: string[] } {
  const fields = Object.keys(columns) as (keyof Row)[]
  // Whichever there are more of; a column's name holds neither.
  const separator = head.split(';').length > head.split(',').length ? ';' : ','
  const expected = `the first line must name the columns: ${fields.map((field) => columns[field].name).join(separator)}`
  if (head.trim() === '') return { mistakes: [expected] }
  const values = splitLine(head, separator)
  if (!values) return { mistakes: [`the line ${unsplittable}`] }

  const names = values.map((name) => name.toLowerCase())
  // What stands there may be no name at all but somebody's data.
  const called = (at: number) => (quoting ? `“${excerpt(values[at] ?? '')}”` : `number ${at + 1}`)
  const twice = names.findIndex((name, at) => name !== '' && names.indexOf(name) !== at)
  if (twice >= 0) return { mistakes: [`the column ${called(twice)} is there twice`] }
  const absent = fields.filter((field) => !names.includes(columns[field].name) && !columns[field].mayBeAbsent)
  if (absent.length > 0)
    return { mistakes: [`the column ${absent.map((field) => columns[field].name).join(', ')} is missing; ${expected}`] }

  const known = new Set(fields.map((field) => columns[field].name))
  const unknown = names.flatMap((name, at) => (name === '' || known.has(name) ? [] : [at]))
  const places = new Map(fields.map((field) => [field, names.indexOf(columns[field].name)]))
  return {
    layout: { separator, width: names.length, places },
    mistakes: unknown.map((at) => `the column ${called(at)} is unknown and is not read`),
  }
}
