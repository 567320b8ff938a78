import { type FetchPlan, fetchesOf, fetchKey } from './fetchPlan.ts'
import { nothing, placedFetches, type Selected, type Sure, selectedBy } from './fetchSelections.ts'
import type { Shape } from './readShared.ts'

/** Where a response may hold one object several times. Places are named by the plan's keys, without list marks. */
export type Sharing = {
  /** Where entities are fetched, and right below: one entity may stand there several times. */
  ofEntities(path: readonly string[]): boolean
  /** Where objects of equal text are read as one. */
  ofEqualText(path: readonly string[]): boolean
  /** The shape of what the fetch with a key answers; absent where nothing of it is read as one. */
  shape(key: string): Shape | undefined
}

/**
 * Objects of equal text in one answer may be one object unless another fetch brings more of their fields by way of
 * the objects above them: those fields may differ although the text is equal. A fetch that selects no more brings
 * the same, since a response key means one field throughout the document (`shareable`). A plan that renames what it
 * brings is left alone, for its selections do not tell the names.
 */
export function sharingOf(plan: FetchPlan, shareable: boolean): Sharing {
  const fetches = fetchesOf(plan)
  const selections = new Map(fetches.map((fetch) => [fetchKey(fetch), selectedBy(fetch)]))
  const isPlain = shareable && !fetches.some(({ outputRewrites }) => outputRewrites?.length)
  const selectors = selectorsOf(selections)
  const entities = new Set<string>()
  const texts = new Set<string>()
  const shapes = new Map<string, Shape>()
  const placed = placedFetches(plan).map(({ fetch, path }) => ({ fetch, path, key: fetchKey(fetch) }))
  for (const { fetch, path, key } of placed) {
    const selected = selections.get(key) ?? nothing
    if (fetch.requires)
      for (const place of [path, ...[...selected.fields.keys()].map((name) => [...path, name])])
        entities.add(nameOf(place))
    if (!isPlain || fetch.operationKind !== 'query') continue
    // What is fetched once comes into objects of other fetches alone.
    const once = placed.filter((other) => other.key === key).length === 1
    const isShared = (name: string, below: Selected) =>
      (selectors.get(name) ?? []).every((other) => (once && other.key === key) || includes(below.sure, other.below))
    const shape = shapeOf(selected, false, isShared)
    if (!holdsShared(shape)) continue
    shapes.set(key, shape)
    addShared(shape, path, texts)
  }
  return {
    ofEntities: (path) => entities.has(nameOf(path)),
    ofEqualText: (path) => texts.has(nameOf(path)),
    shape: (key) => shapes.get(key),
  }
}

const nameOf = (path: readonly string[]): string => path.join('.')

/** Who selects fields of objects under a response key, and which: by that key, the keys of fetches. */
function selectorsOf(selections: ReadonlyMap<string, Selected>): Map<string, { key: string; below: Selected }[]> {
  const selectors = new Map<string, { key: string; below: Selected }[]>()
  const add = (key: string, { fields }: Selected): void => {
    for (const [name, below] of fields) {
      if (below.fields.size === 0) continue
      selectors.set(name, [...(selectors.get(name) ?? []), { key, below }])
      add(key, below)
    }
  }
  for (const [key, selected] of selections) add(key, selected)
  return selectors
}

const includes = (sure: Sure, other: Selected): boolean =>
  [...other.fields].every(([name, below]) => {
    const own = sure.get(name)
    return own !== undefined && includes(own, below)
  })

function shapeOf(selected: Selected, shared: boolean, isShared: (name: string, below: Selected) => boolean): Shape {
  const fields = [...selected.fields].map(([key, below]) => ({
    key,
    below: below.fields.size > 0 ? shapeOf(below, isShared(key, below), isShared) : undefined,
  }))
  return { shared, fields }
}

const holdsShared = ({ shared, fields }: Shape): boolean =>
  shared || fields.some(({ below }) => below && holdsShared(below))

function addShared({ shared, fields }: Shape, path: readonly string[], names: Set<string>): void {
  if (shared) names.add(nameOf(path))
  for (const { key, below } of fields) if (below) addShared(below, [...path, key], names)
}
