import type { RequiredSelection } from './fetchPlan.ts'
import { isObject, type Json, type JsonObject, quote } from './json.ts'
import { mergeInto } from './mergeInto.ts'
import type { IsOfType } from './rewrites.ts'

/** The representation of an entity as JSON text, or undefined where the object lacks what it needs. */
export type Represent = (entity: JsonObject) => string | undefined

type WriteValue = (value: Json) => string
type FieldWriter = { source: string; prefix: string; write: WriteValue }

/**
 * Compiles what a fetch requires into a function that writes representations as text, so that
 * equal ones are found by comparing strings and none is stringified twice.
 */
export function compileRepresentation(requires: readonly RequiredSelection[], isOfType: IsOfType): Represent {
  const byTypename = new Map<string, Represent>()
  return (entity) => {
    const typename = entity.__typename
    if (typeof typename !== 'string') return undefined
    let represent = byTypename.get(typename)
    if (!represent) {
      represent = representType(requires, typename, isOfType)
      byTypename.set(typename, represent)
    }
    return represent(entity)
  }
}

function representType(requires: readonly RequiredSelection[], typename: string, isOfType: IsOfType): Represent {
  const applying = requires.filter(
    (selection) =>
      selection.kind === 'Field' ||
      (selection.typeCondition !== undefined && isOfType(typename, selection.typeCondition)),
  )
  const [only] = applying
  if (!only) return () => undefined
  if (applying.length === 1 && only.kind === 'InlineFragment' && only.selections.every(({ kind }) => kind === 'Field'))
    return writeObject(only.selections, isOfType)
  return pickAndStringify(applying, isOfType)
}

/** The usual case: one fragment of plain fields. */
function writeObject(selections: readonly RequiredSelection[], isOfType: IsOfType): Represent {
  const writers: FieldWriter[] = selections.flatMap((selection) =>
    selection.kind === 'Field'
      ? [
          {
            source: selection.source ?? selection.name,
            prefix: `${JSON.stringify(selection.name)}:`,
            write: selection.selections ? writeNested(selection.selections, isOfType) : writeLeaf,
          },
        ]
      : [],
  )
  return (entity) => {
    let text = '{'
    for (const { source, prefix, write } of writers) {
      const value = entity[source]
      if (value === undefined) return undefined
      text += (text.length > 1 ? ',' : '') + prefix + write(value)
    }
    return `${text}}`
  }
}

function writeNested(selections: readonly RequiredSelection[], isOfType: IsOfType): WriteValue {
  const plain = selections.every(({ kind }) => kind === 'Field')
  const write = plain ? writeObject(selections, isOfType) : pickAndStringify(selections, isOfType)
  const writeValue: WriteValue = (value) => {
    if (Array.isArray(value)) return `[${value.map(writeValue).join()}]`
    return isObject(value) ? (write(value) ?? 'null') : JSON.stringify(value)
  }
  return writeValue
}

const writeLeaf: WriteValue = (value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value))

/** The general case: fragments on several types that may overlap. */
function pickAndStringify(selections: readonly RequiredSelection[], isOfType: IsOfType): Represent {
  return (entity) => {
    const picked = pick(entity, selections, isOfType)
    return picked && Object.keys(picked).length > 0 ? JSON.stringify(picked) : undefined
  }
}

function pick(
  source: JsonObject,
  selections: readonly RequiredSelection[],
  isOfType: IsOfType,
): JsonObject | undefined {
  const result: JsonObject = {}
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const value = source[selection.source ?? selection.name]
      if (value === undefined) return undefined
      result[selection.name] = selection.selections ? pickValue(value, selection.selections, isOfType) : value
    } else if (applies(source, selection.typeCondition, isOfType)) {
      const inner = pick(source, selection.selections, isOfType)
      if (inner) mergeInto(result, inner)
    }
  }
  return result
}

function applies(source: JsonObject, condition: string | undefined, isOfType: IsOfType): boolean {
  return condition !== undefined && typeof source.__typename === 'string' && isOfType(source.__typename, condition)
}

function pickValue(value: Json, selections: readonly RequiredSelection[], isOfType: IsOfType): Json {
  if (Array.isArray(value)) return value.map((element) => pickValue(element, selections, isOfType))
  return isObject(value) ? (pick(value, selections, isOfType) ?? null) : value
}
