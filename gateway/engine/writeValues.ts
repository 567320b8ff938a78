import type { Condition } from './conditions.ts'
import type { Json, JsonObject } from './json.ts'
import type { LeafWriter } from './leafWriters.ts'
import type { Problem, Run } from './run.ts'

/** What a writer gives instead of text when the value above it must become null. */
export const bubble = undefined

/** The text of a value, or `bubble`. */
export type ValueWriter = (run: Run, value: Json | undefined) => string | typeof bubble

export type FieldWriter = {
  key: string
  /** The key as JSON text, with its colon. */
  prefix: string
  /** The key the data holds the value under. */
  source: string
  shown: Condition | undefined
  /** A field is written from its value or, where it has none of its own, from its object. */
  write: ValueWriter | { ofObject(run: Run, object: JsonObject): string | typeof bubble }
}

/** The text of an object, or `bubble` if a field that may not be null is. */
export function objectText(run: Run, object: JsonObject, fields: readonly FieldWriter[]): string | typeof bubble {
  const { problems } = run
  let text = '{'
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as FieldWriter
    if (field.shown && !field.shown(run)) continue
    const before = problems.length
    const { write } = field
    const value = typeof write === 'function' ? write(run, object[field.source]) : write.ofObject(run, object)
    if (problems.length !== before) locate(problems, before, field.key)
    if (value === bubble) return bubble
    text += (text.length > 1 ? ',' : '') + field.prefix + value
  }
  return `${text}}`
}

export function nonNull(write: ValueWriter): ValueWriter {
  return (run, value) => {
    if (value === null || value === undefined) {
      run.problems.push({ message: 'a field that may not be null has no value', path: [], isNull: true })
      return bubble
    }
    const text = write(run, value)
    return text === 'null' ? bubble : text
  }
}

export function listWriter(write: ValueWriter): ValueWriter {
  return (run, value) => {
    if (value === null || value === undefined) return 'null'
    const { problems } = run
    if (!Array.isArray(value)) {
      problems.push({ message: 'a subgraph sent no list where one was expected', path: [], isNull: false })
      return 'null'
    }
    let text = '['
    for (let i = 0; i < value.length; i++) {
      const before = problems.length
      const element = write(run, value[i])
      if (problems.length !== before) locate(problems, before, i)
      if (element === bubble) return 'null'
      text += i === 0 ? element : `,${element}`
    }
    return `${text}]`
  }
}

export function scalarWriter(typeName: string, write: LeafWriter): ValueWriter {
  return (run, value) => {
    if (value === null || value === undefined) return 'null'
    const text = write(value)
    if (text !== undefined) return text
    run.problems.push({ message: `a subgraph sent a value that is not a "${typeName}"`, path: [], isNull: false })
    return 'null'
  }
}

/** Problems learn their path on the way up, so that a response without any pays nothing for it. */
function locate(problems: readonly Problem[], from: number, key: string | number): void {
  for (let i = from; i < problems.length; i++) problems[i]?.path.unshift(key)
}
