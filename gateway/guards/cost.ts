import type { DocumentNode, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import type { ReadData } from '../graph.ts'
import { argumentsCost, type ListAssumption, sizeOf, weightOf } from './costWeights.ts'
import {
  type Fragments,
  fragmentsOf,
  type ReadVariable,
  type SelectedField,
  selectedFields,
  variablesOf,
} from './selectedFields.ts'
import type { SupergraphRules } from './supergraphRules.ts'

/** What an operation costs. Objects cost 1 each and mutations 10 on top, unless the contract says otherwise. */
export type Price = {
  /** What it costs at most, if lists keep to their bounds. */
  estimated: number
  /** A field whose list must be bounded by an argument and is not, and the arguments that bound it. */
  unbounded: { field: string; by: readonly string[] } | undefined
  /**
   * What an answer has cost, by the `data` it holds. `read` reads it by the document's names, where others stand in it.
   */
  actual(data: unknown, read?: ReadData): number
}

export type CostModel = {
  /** Prices an operation. What validation would refuse is left out, so it may be asked first. */
  price(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>> | undefined,
  ): Price
}

const mutationCost = 10

/**
 * Prices operations by their text alone, after the cost directives specification of IBM as Federation has taken it
 * over: `@cost`, `@listSize`, and lists bounded by their `first`. Prices that depend on no variable are kept as long
 * as their document.
 */
export function costModel(rules: SupergraphRules, assumption: ListAssumption): CostModel {
  const kept = new WeakMap<OperationDefinitionNode, Price>()
  return {
    price(document, operation, variables) {
      const known = kept.get(operation)
      if (known) return known
      let isFixed = true
      const read = variablesOf(operation, variables)
      const variable: ReadVariable = (name) => {
        isFixed = false
        return read(name)
      }
      const price = priceOf(operation, { rules, fragments: fragmentsOf(document), variable, ...assumption })
      if (isFixed) kept.set(operation, price)
      return price
    },
  }
}

type Pricing = ListAssumption & { rules: SupergraphRules; fragments: Fragments; variable: ReadVariable }

/** The priced selections on one type: one alternative for each group of object types that see the same fields. */
type PricedSet = { estimated: number; alternatives: readonly Alternative[] }
type Alternative = { types: ReadonlySet<string>; fields: readonly PricedField[] }
type PricedField = {
  key: string
  /** Of its arguments, paid once. */
  once: number
  /** Of each value, without what is selected on it. */
  each: number
  below: PricedSet | undefined
}

function priceOf(operation: OperationDefinitionNode, pricing: Pricing): Price {
  const base = operation.operation === 'mutation' ? mutationCost : 0
  const unbounded: Price['unbounded'][] = []
  const priceSet = setPricer(pricing, (field) => unbounded.push(field))
  const root = priceSet([operation.selectionSet], pricing.rules.root(operation.operation), 0, [])
  return {
    estimated: Math.min(base + root.estimated, Number.MAX_SAFE_INTEGER),
    unbounded: unbounded[0],
    actual: (data, read) => base + actualOfObject(root, data, read),
  }
}

type PriceSet = (
  sets: readonly SelectionSetNode[],
  on: string,
  /** The size of the lists in `sized`, as the field above has bounded it. */
  bound: number,
  sized: readonly string[],
) => PricedSet

/** Prices each combination of selection sets once, so that fragments which spread each other cost no more than text. */
function setPricer(pricing: Pricing, foundUnbounded: (field: Price['unbounded']) => void): PriceSet {
  const ids = new Map<SelectionSetNode, number>()
  const idOf = (set: SelectionSetNode) => {
    const id = ids.get(set) ?? ids.size
    ids.set(set, id)
    return id
  }
  const priced = new Map<string, PricedSet>()
  const empty: PricedSet = { estimated: 0, alternatives: [] }

  const priceSet: PriceSet = (sets, on, bound, sized) => {
    const key = `${sets.map(idOf).join()} ${on} ${sized.length > 0 ? `${bound} ${sized.join()}` : ''}`
    const known = priced.get(key)
    if (known) return known
    priced.set(key, empty)
    let estimated = 0
    const alternatives = selectedFields(sets, on, pricing).map(({ types, fields }) => {
      let sum = 0
      const kept: PricedField[] = []
      for (const field of fields) {
        const one = priceField(field, bound, sized)
        if (!one) continue
        sum += one.estimated
        if (matters(one.field)) kept.push(one.field)
      }
      estimated = Math.max(estimated, sum)
      return { types, fields: kept }
    })
    const set = { estimated, alternatives }
    priced.set(key, set)
    return set
  }

  const priceField = ({ key, on, nodes }: SelectedField, bound: number, sized: readonly string[]) => {
    const { rules, variable } = pricing
    const [node] = nodes
    const field = node && rules.type(on)?.fields.get(node.name.value)
    if (!node || !field) return undefined
    const size = sizeOf(field, node, rules, pricing)
    if (size.missing) foundUnbounded({ field: `${on}.${field.name}`, by: size.missing })
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    const below = sets.length > 0 ? priceSet(sets, field.type, size.below, size.sized) : undefined
    const [once, each] = [argumentsCost(field, node, rules, variable), weightOf(field, rules)]
    const values = sized.includes(field.name) && field.wrapping.includes('list') ? bound : size.own
    return { field: { key, once, each, below }, estimated: once + values * (each + (below?.estimated ?? 0)) }
  }
  return priceSet
}

/** Whether an answer can cost anything by this field; its list may be longer than it was bounded to. */
function matters({ once, each, below }: PricedField): boolean {
  return once > 0 || each > 0 || (below?.alternatives.some(({ fields }) => fields.length > 0) ?? false)
}

type Read = ReadData | undefined

function actualOfObject(set: PricedSet, data: unknown, read: Read): number {
  if (typeof data !== 'object' || data === null) return 0
  const object = data as Readonly<Record<string, unknown>>
  let cost = 0
  for (const { key, once, each, below } of fieldsOf(set, object, read)) {
    const value = read ? read(object, key) : object[key]
    if (value === undefined) continue
    cost += once + actualOfValue(value, each, below, read)
  }
  return cost
}

function actualOfValue(value: unknown, each: number, below: PricedSet | undefined, read: Read): number {
  if (value === null) return 0
  if (!Array.isArray(value)) return each + (below ? actualOfObject(below, value, read) : 0)
  let cost = 0
  for (const item of value) cost += actualOfValue(item, each, below, read)
  return cost
}

/** The fields of an object: by its type where it is told, else every field that one of its types may have. */
function fieldsOf(
  { alternatives }: PricedSet,
  object: Readonly<Record<string, unknown>>,
  read: Read,
): readonly PricedField[] {
  const [only] = alternatives
  if (alternatives.length < 2) return only?.fields ?? []
  const type = read ? read(object, '__typename') : object.__typename
  const told = typeof type === 'string' ? alternatives.find(({ types }) => types.has(type)) : undefined
  if (told) return told.fields
  return [...new Map(alternatives.flatMap(({ fields }) => fields.map((field) => [field.key, field]))).values()]
}
