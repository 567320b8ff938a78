import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
} from 'graphql'
import { type Branch, collectFields, type Fragments } from './collectFields.ts'
import { anyOf, type Condition } from './conditions.ts'
import { type FetchNode, type FetchPlan, fetchesOf, type RequiredSelection } from './fetchPlan.ts'
import { placedFetches, selectedBy } from './fetchSelections.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { ResponsePath } from './responsePath.ts'
import type { IsOfType } from './rewrites.ts'
import type { ResponseError, Run } from './run.ts'
import { renamesOf } from './unreachable.ts'

/**
 * Where errors are told. One place of a plan stands for objects of several types, of which the client may have asked
 * different fields, and a plan fetches what only its own fetches need. So an error is told no deeper than the client
 * asked, by the client's names, and not at all where nothing comes of it.
 */
export type ErrorPlaces = {
  /** Tells an error of what stands at a path of the collected data. */
  tell(run: Run, error: ResponseError, path: ResponsePath): void
  /** Tells an error of what a fetch brought or did not bring. */
  tellOf(fetch: FetchNode, run: Run, failed: Failed): void
}

/**
 * An error of the `answer` for the objects at `places`, at its `path` in that answer. Without one it is about the fetch
 * as a whole: it is told once.
 */
export type Failed = {
  error: ResponseError
  places: readonly ResponsePath[]
  path: ResponsePath | undefined
  answer: JsonObject | null
}

type Operation = {
  root: GraphQLCompositeType
  branch: Branch
  plan: FetchPlan
  schema: GraphQLSchema
  fragments: Fragments
  planKey(field: FieldNode): string
  isOfType: IsOfType
}

/** The fields asked for of objects at one place, by the plan's keys. */
type Level = (typename: string | undefined) => ReadonlyMap<string, Asked>
type Asked = { key: string; shown: Condition | undefined; below: Level | undefined }

/** Nothing is done here until there is an error, and what is then found out is kept for the next. */
export function errorPlaces(operation: Operation): ErrorPlaces {
  const askedOf = askedPart(operation)
  const isNeeded = neededBy(operation)
  const selections = new Map<FetchNode, readonly string[]>()
  const keysOf = (fetch: FetchNode): readonly string[] => {
    const known = selections.get(fetch)
    if (known) return known
    const renames = renamesOf(fetch)
    const keys = [...selectedBy(fetch).fields.keys()].filter((key) => key !== '__typename')
    const stored = keys.map((key) => renames.get(key) ?? key)
    selections.set(fetch, stored)
    return stored
  }
  const isWanted = (run: Run, path: ResponsePath) => askedOf(run, path).length === path.length || isNeeded(run, path)
  const tell = (run: Run, { path: _, ...error }: ResponseError, path: ResponsePath): void => {
    const told = askedOf(run, path)
    run.errors.push(told.length > 0 ? { ...error, path: told } : error)
  }
  return {
    tell,
    tellOf(fetch, run, { error, places, path, answer }) {
      const renames = path && renamesOf(fetch)
      const rest = path?.map((key) => (typeof key === 'string' ? (renames?.get(key) ?? key) : key)) ?? []
      // What an error takes away begins where the answer is null.
      const lost = upToNull(answer, rest)
      const taken = lost.length > 0 ? [lost] : keysOf(fetch).map((key) => [key])
      const matters = (place: ResponsePath) => taken.some((part) => isWanted(run, [...place, ...part]))
      const at = path ? places.filter(matters) : [places.find(matters) ?? places[0] ?? []]
      for (const place of at) tell(run, error, [...place, ...rest])
    },
  }
}

function upToNull(answer: Json | undefined, path: ResponsePath): ResponsePath {
  let value = answer
  let depth = 0
  for (; depth < path.length && value !== null && value !== undefined; depth++)
    value = below(value, path[depth] as string | number)
  return path.slice(0, depth)
}

/** As much of a path in the collected data as the client asked for, by its own names. */
function askedPart(operation: Operation): (run: Run, path: ResponsePath) => ResponsePath {
  const root = levelOf(operation.root, [operation.branch], operation)
  return (run, path) => {
    const asked: (string | number)[] = []
    let level: Level | undefined = root
    let value: Json | undefined = run.data
    for (const key of path) {
      if (typeof key === 'string') {
        const field: Asked | undefined = level?.(typenameOf(value)).get(key)
        if (!field || field.shown?.(run) === false) break
        level = field.below
        asked.push(field.key)
      } else asked.push(key)
      value = below(value, key)
    }
    return asked
  }
}

function levelOf(type: GraphQLCompositeType, branches: readonly Branch[], operation: Operation): Level {
  const known = new Map<string | undefined, ReadonlyMap<string, Asked>>()
  return (typename) => {
    const before = known.get(typename)
    if (before) return before
    const fields = fieldsOf(type, typename, branches, operation)
    known.set(typename, fields)
    return fields
  }
}

/** Of an object whose type was not told, what is asked of any it may be of. */
function fieldsOf(
  type: GraphQLCompositeType,
  typename: string | undefined,
  branches: readonly Branch[],
  operation: Operation,
): ReadonlyMap<string, Asked> {
  const { schema, fragments, planKey } = operation
  const actual = typename === undefined ? undefined : schema.getType(typename)
  const known = isObjectType(actual) ? [actual] : isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
  const fields = new Map<string, Asked>()
  for (const one of known) {
    for (const { key, nodes } of collectFields(branches, one.name, schema, fragments)) {
      const [first] = nodes
      if (!first || fields.has(planKey(first.node))) continue
      const inner = getNamedType(one.getFields()[first.node.name.value]?.type)
      const sets = nodes.flatMap(({ node, shown }) => (node.selectionSet ? [{ set: node.selectionSet, shown }] : []))
      fields.set(planKey(first.node), {
        key,
        shown: anyOf(nodes.map(({ shown }) => shown)),
        below: isCompositeType(inner) ? levelOf(inner, sets, operation) : undefined,
      })
    }
  }
  return fields
}

/** Whether a path leads to what a fetch requires of the objects it completes, or takes from those above them. */
function neededBy({ plan, isOfType }: Operation): (run: Run, path: ResponsePath) => boolean {
  const fetches = placedFetches(plan).flatMap(({ fetch, path }) =>
    fetch.requires ? [{ path, requires: fetch.requires }] : [],
  )
  const requires = (selections: readonly RequiredSelection[], object: Json | undefined, path: ResponsePath): boolean =>
    selections.some((selection) => {
      if (selection.kind === 'InlineFragment') {
        const [typename, condition] = [typenameOf(object), selection.typeCondition]
        const applies = typename === undefined || condition === undefined || isOfType(typename, condition)
        return applies && requires(selection.selections, object, path)
      }
      const [key, ...rest] = path
      if (key !== (selection.source ?? selection.name)) return false
      const [value, inner] = behindIndexes(below(object, key), rest)
      return inner.length === 0 || requires(selection.selections ?? [], value, inner)
    })
  const contexts = fetchesOf(plan).flatMap(({ contextRewrites = [] }) => contextRewrites.flatMap(({ path }) => path))
  const fromContext = new Set<string | number>(contexts)
  return (run, path) =>
    path.some((key) => fromContext.has(key)) ||
    fetches.some((fetch) => {
      let [value, rest] = behindIndexes(run.data, path)
      for (const key of fetch.path) {
        if (rest[0] !== key) return false
        ;[value, rest] = behindIndexes(below(value, key), rest.slice(1))
      }
      return rest.length > 0 && requires(fetch.requires, value, rest)
    })
}

function behindIndexes(value: Json | undefined, path: ResponsePath): [Json | undefined, ResponsePath] {
  const [first] = path
  return typeof first === 'number' ? behindIndexes(below(value, first), path.slice(1)) : [value, path]
}

function below(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined
  return isObject(value) ? value[key] : undefined
}

function typenameOf(value: Json | undefined): string | undefined {
  return isObject(value) && typeof value.__typename === 'string' ? value.__typename : undefined
}
