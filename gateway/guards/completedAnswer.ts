import type { FieldNode, FormattedExecutionResult, GraphQLFormattedError, SelectionSetNode } from 'graphql'
import { typeKey } from './restrictedDocument.ts'
import { fieldsOn, type Selecting } from './selectedFields.ts'

/** What is told of a field that was not executed because its reader may not see it. */
export type TellDenied = (node: FieldNode, path: readonly (string | number)[]) => GraphQLFormattedError

/** A value that may not be null where it stands: what is above it becomes null. */
const bubble = Symbol('bubble')
type Completed = unknown | typeof bubble

/**
 * Makes the answer to a restricted operation the answer to the one that was asked: what was taken out is null, with an
 * error where it first is, and null takes with it what may not hold null.
 */
export function completeAnswer(
  result: FormattedExecutionResult,
  sets: readonly SelectionSetNode[],
  on: string,
  { selecting, tell }: { selecting: Selecting; tell: TellDenied },
): FormattedExecutionResult {
  // Nothing was executed: the request itself is refused.
  if (result.data === undefined) return result
  const errors: GraphQLFormattedError[] = []
  const told = new Set<FieldNode>()
  const completion: Completion = {
    fieldsOf: collecting(selecting),
    deny(node, path) {
      if (told.has(node)) return
      told.add(node)
      errors.push(tell(node, path))
    },
  }
  const data = result.data === null ? null : completeObject(result.data, sets, on, completion, [])
  return {
    ...(result.errors || errors.length > 0 ? { errors: [...(result.errors ?? []), ...errors] } : {}),
    data: data === bubble ? null : (data as Record<string, unknown> | null),
    ...(result.extensions && { extensions: result.extensions }),
  }
}

type Path = readonly (string | number)[]
type Sets = readonly SelectionSetNode[]
type Wrapping = readonly ('list' | 'nonNull')[]

/** A field of an object as it is answered; `below` and `type` are what is selected on its value, and on which type. */
type Asked = { key: string; node: FieldNode; wrapping: Wrapping; below: Sets; type: string | undefined }
type Completion = {
  fieldsOf(sets: Sets, on: string, type: string): readonly Asked[]
  deny(node: FieldNode, path: Path): void
}

/** Collects the fields of selection sets once for all objects of a type that stand at the same place. */
function collecting(selecting: Selecting): Completion['fieldsOf'] {
  const known = new Map<Sets, Map<string, readonly Asked[]>>()
  return (sets, on, type) => {
    const byType = known.get(sets) ?? new Map<string, readonly Asked[]>()
    known.set(sets, byType)
    const before = byType.get(type)
    if (before) return before
    const fields = fieldsOn(sets, on, type, selecting).flatMap(({ key, on: under, nodes }): Asked[] => {
      const [node] = nodes
      if (!node) return []
      const field = selecting.rules.type(under)?.fields.get(node.name.value)
      const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
      return [{ key, node, wrapping: field?.wrapping ?? [], below, type: field?.type }]
    })
    byType.set(type, fields)
    return fields
  }
}

function completeObject(
  given: Readonly<Record<string, unknown>>,
  sets: Sets,
  on: string,
  completion: Completion,
  path: Path,
): Completed {
  const type = typeof given[typeKey] === 'string' ? given[typeKey] : on
  const object: Record<string, unknown> = {}
  let isNull = false
  for (const asked of completion.fieldsOf(sets, on, type)) {
    const { key, node, wrapping } = asked
    const at = [...path, key]
    if (given[key] === undefined) completion.deny(node, at)
    const value = completeValue(given[key] ?? null, wrapping, asked, completion, at)
    if (value === bubble) isNull = true
    object[key] = value
  }
  return isNull ? bubble : object
}

function completeValue(
  given: unknown,
  [outer, ...inner]: Wrapping,
  selected: Pick<Asked, 'below' | 'type'>,
  completion: Completion,
  path: Path,
): Completed {
  if (outer === 'nonNull') {
    const value = completeValue(given, inner, selected, completion, path)
    return value === null ? bubble : value
  }
  if (given === null) return null
  if (outer === 'list') {
    if (!Array.isArray(given)) return given
    const items = given.map((item, at) => completeValue(item, inner, selected, completion, [...path, at]))
    return items.includes(bubble) ? null : items
  }
  if (selected.below.length === 0 || !selected.type || typeof given !== 'object') return given
  const object = given as Readonly<Record<string, unknown>>
  const value = completeObject(object, selected.below, selected.type, completion, path)
  return value === bubble ? null : value
}
