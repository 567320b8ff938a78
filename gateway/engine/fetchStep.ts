import { type Answer, ask, entitiesOf, finishEntity, type ReadShared, type TypeFacts } from './answers.ts'
import { type AskedAt, compileAskedRepresentation } from './askedFields.ts'
import { contextGroups } from './contextArguments.ts'
import type { ErrorPlaces } from './errorPlaces.ts'
import { type FetchNode, fetchKey } from './fetchPlan.ts'
import { isObject, type JsonObject } from './json.ts'
import { mergeInto } from './mergeInto.ts'
import { compileSharedReader, type Shape } from './readShared.ts'
import type { Represent } from './representations.ts'
import { placesAt, visitAt } from './responsePath.ts'
import { applyRewrites, type IsOfType } from './rewrites.ts'
import type { EntityRecord, Run } from './run.ts'
import { collectTargets, keyIndex, plainKeyFields } from './twins.ts'

/** One step of a compiled plan. Undefined where there was nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined

/** What compiling a plan needs to know of the operation it belongs to. */
export type PlanContext = TypeFacts & {
  /** Whether equal entities may share one object wherever they stand in the response. */
  shareable: boolean
  /** Whether no two places may share an object: what `@fromContext` fetches depends on what is above. */
  isolated: boolean
  /** Whether the plan has several fetches with a key: only then can one use another's entities. */
  repeats(key: string): boolean
  /** The shape of what the fetch with a key answers, where equal objects of it may be read as one. */
  shape(key: string): Shape | undefined
  askedAt: AskedAt
  errors: ErrorPlaces
}

/** Compiles a fetch of root fields, whose answer is merged into the objects at `path`. */
export function compileRootFetch(fetch: FetchNode, path: readonly string[], context: PlanContext): Step {
  const writeBody = compileBody(fetch)
  const read = compileReader(fetch, context)
  return async (run) => {
    const targets = targetsAt(run, [path], undefined)
    if (targets.length === 0) return
    const { data, errors } = await ask(fetch, writeBody(run, ''), run, read)
    if (data && fetch.outputRewrites) applyRewrites(fetch.outputRewrites, data, context.isOfType)
    if (data) for (const target of targets) mergeInto(target, data)
    if (errors) {
      const places = placesAt(run.data, path).map((place) => place.path)
      for (const error of errors) context.errors.tellOf(fetch, run, { error, places, path: error.path, answer: data })
    }
  }
}

/**
 * Compiles a fetch of entities: collects the objects at `paths`, asks for each representation
 * once, and merges every answer into all the objects it was asked for. Several paths are one
 * request: the plan asks the same thing of the same subgraph for all of them.
 */
export function compileEntityFetch(
  fetch: FetchNode,
  paths: readonly (readonly string[])[],
  context: PlanContext,
): Step {
  const representIn = compileAskedRepresentation(fetch.requires ?? [], paths, context.askedAt, context.isOfType)
  const keyFields = plainKeyFields(fetch.requires ?? [])
  const key = fetchKey(fetch)
  const writeBody = compileBody(fetch)
  const read = compileReader(fetch, context)
  const entityFetch: EntityFetch = { fetch, paths, context, representIn, keyFields, writeBody, read, key }
  if (fetch.contextRewrites?.length) {
    const { contextRewrites } = fetch
    return (run) => {
      const groups = contextGroups(run.data, paths, contextRewrites, context.isOfType)
      const fetches = groups.map((group) => fetchEntities(entityFetch, run, group.targets, group.variables))
      return fetches.length === 0 ? undefined : Promise.all(fetches).then(() => undefined)
    }
  }
  return (run) => {
    const targets = targetsAt(run, paths, context.isolated ? undefined : keyFields)
    return targets.length === 0 ? undefined : fetchEntities(entityFetch, run, targets, '')
  }
}

type EntityFetch = {
  fetch: FetchNode
  paths: readonly (readonly string[])[]
  context: PlanContext
  representIn(run: Run): Represent
  /** The fields of its representations, where they are plain values. */
  keyFields: readonly string[] | undefined
  writeBody: WriteBody
  read: ReadShared | undefined
  key: string
}

type Wanted = { record: EntityRecord; targets: JsonObject[] }

async function fetchEntities(
  entityFetch: EntityFetch,
  run: Run,
  targets: Iterable<JsonObject>,
  contextVariables: string,
): Promise<void> {
  const { fetch, context, writeBody, read } = entityFetch
  const { wants, fresh, list } = gather(entityFetch, run, targets, contextVariables)
  // Records of an equal fetch under way, read before our own are marked.
  const joined = fresh.length === wants.length ? [] : wants.flatMap(({ record }) => record.pending ?? [])
  if (fresh.length > 0) {
    const body = writeBody(run, `${contextVariables}"representations":[${list}]`)
    const pending = ask(fetch, body, run, read).then((answer) => settle(entityFetch, answer, fresh))
    if (context.repeats(entityFetch.key)) for (const { record } of fresh) record.pending = pending
    await pending
  }
  for (const pending of joined) await pending

  let broken = false
  for (const { record, targets: places } of wants) {
    broken ||= record.errors !== undefined
    if (record.entity)
      for (const target of places) mergeInto(target, context.isolated ? structuredClone(record.entity) : record.entity)
  }
  if (broken) reportErrors(entityFetch, run, wants)
}

/** Sorts targets by what they ask for: each representation once, and as text where nobody has asked for it yet. */
function gather(
  entityFetch: EntityFetch,
  run: Run,
  targets: Iterable<JsonObject>,
  contextVariables: string,
): { wants: Wanted[]; fresh: Wanted[]; list: string } {
  const { fetch, context, keyFields } = entityFetch
  const represent = entityFetch.representIn(run)
  const known = recordsOf(entityFetch, run, contextVariables)
  const slotOf = keyFields && keyIndex<Wanted>(keyFields)
  const texts = new Map<string, Wanted>()
  const wants: Wanted[] = []
  const fresh: Wanted[] = []
  let list = ''
  for (const target of targets) {
    const slot = slotOf?.(target)
    const representation = slot?.value ? undefined : rewritten(represent(target), fetch, context.isOfType)
    const twin = slot?.value ?? (slot || representation === undefined ? undefined : texts.get(representation))
    if (twin) twin.targets.push(target)
    if (twin || representation === undefined) continue
    const before = known?.get(representation)
    const want: Wanted = {
      record: before ?? { entity: null, errors: undefined, pending: undefined },
      targets: [target],
    }
    wants.push(want)
    if (slot) slot.value = want
    else texts.set(representation, want)
    if (before) continue
    known?.set(representation, want.record)
    fresh.push(want)
    list += list ? `,${representation}` : representation
  }
  return { wants, fresh, list }
}

/** Hands each record its entity and its errors; an error of no single entity goes to the first. */
function settle({ fetch, context }: EntityFetch, answer: Answer, fresh: readonly Wanted[]): void {
  const { list, errors } = entitiesOf(fetch, answer, fresh.length)
  fresh.forEach(({ record, targets }, index) => {
    record.pending = undefined
    record.entity = finishEntity(list[index], fetch, targets[0]?.__typename, context)
  })
  for (const error of errors ?? []) {
    const index = error.path?.[1]
    const owner = fresh[typeof index === 'number' ? index : 0]
    if (owner) owner.record.errors = [...(owner.record.errors ?? []), error]
  }
}

function reportErrors({ fetch, paths, context }: EntityFetch, run: Run, wants: readonly Wanted[]): void {
  const places = paths.flatMap((path) => placesAt(run.data, path))
  const wanted = new Set(wants.flatMap(({ targets }) => targets))
  for (const { record, targets } of wants) {
    for (const error of record.errors ?? []) {
      const isOfEntity = typeof error.path?.[1] === 'number'
      const at = places.filter(({ object }) => (isOfEntity ? targets.includes(object) : wanted.has(object)))
      context.errors.tellOf(fetch, run, {
        error,
        places: at.map(({ path }) => path),
        path: isOfEntity ? error.path?.slice(2) : undefined,
        answer: record.entity,
      })
    }
  }
}

function targetsAt(
  run: Run,
  paths: readonly (readonly string[])[],
  keyFields: readonly string[] | undefined,
): JsonObject[] {
  const { keep, targets } = collectTargets(keyFields, run.collected)
  for (const path of paths) visitAt(run.data, path, keep, run.sharesText ? [] : undefined)
  return targets
}

function rewritten(representation: string | undefined, fetch: FetchNode, isOfType: IsOfType): string | undefined {
  if (representation === undefined || !fetch.inputRewrites?.length) return representation
  const value: unknown = JSON.parse(representation)
  if (!isObject(value)) return undefined
  applyRewrites(fetch.inputRewrites, value, isOfType)
  return JSON.stringify(value)
}

/** The records of equal fetches in this run, where the run may share entities. */
function recordsOf(
  { key, context }: EntityFetch,
  run: Run,
  contextVariables: string,
): Map<string, EntityRecord> | undefined {
  if (!run.entities || !context.repeats(key)) return undefined
  const id = key + contextVariables
  const known = run.entities.get(id)
  if (known) return known
  const records = new Map<string, EntityRecord>()
  run.entities.set(id, records)
  return records
}

function compileReader(fetch: FetchNode, { shape }: PlanContext): ReadShared | undefined {
  const data = shape(fetchKey(fetch))
  return data && compileSharedReader(under('data', fetch.requires ? under('_entities', data) : data))
}

const under = (key: string, below: Shape): Shape => ({ shared: false, fields: [{ key, below }] })

type WriteBody = (run: Run, lastVariables: string) => string

/** The request body of a fetch: all that never varies is written once. */
function compileBody(fetch: FetchNode): WriteBody {
  const name = fetch.operationName ? `,"operationName":${JSON.stringify(fetch.operationName)}` : ''
  const head = `{"query":${JSON.stringify(fetch.operation)}${name},"variables":{`
  const usages = fetch.variableUsages.map((variable) => ({ variable, prefix: `${JSON.stringify(variable)}:` }))
  if (usages.length === 0) return (_run, lastVariables) => `${head}${lastVariables}}}`
  return (run, lastVariables) => {
    let text = ''
    for (const { variable, prefix } of usages) {
      const value = run.variables[variable]
      if (value !== undefined) text += (text ? ',' : '') + prefix + JSON.stringify(value)
    }
    return `${head}${text}${text && lastVariables ? ',' : ''}${lastVariables}}}`
  }
}
