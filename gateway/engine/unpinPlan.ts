import {
  type DocumentNode,
  Kind,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql'
import type { FetchNode, PlanNode, RequiredSelection } from './fetchPlan.ts'
import { nameNode, type PinnedSupergraph } from './pinnedFields.ts'

/**
 * Turns the pinned fields of a finished fetch back into what the subgraphs know: calls with
 * arguments under an alias in the operation, and the plain field name in the representations.
 *
 * One entity cannot carry two prices in one representation, so a fetch whose fields require one
 * field with different arguments is split into fetches that do not contradict each other.
 */
export function unpinFetch(fetch: FetchNode, supergraph: PinnedSupergraph): PlanNode {
  const { pinned } = supergraph
  if (pinned.size === 0) return fetch
  const required = new Set(pinsIn(fetch.requires ?? []).filter((name) => pinned.has(name)))
  const document = parse(fetch.operation, { noLocation: true })

  const parts: Part[] = contradict(required, supergraph)
    ? splitByPins(document, supergraph)
    : [{ document, pins: required }]
  const nodes = parts.map((part) => ({
    ...fetch,
    variableUsages: fetch.variableUsages.filter((name) => part.variables?.has(name) ?? true),
    operation: stripIgnoredCharacters(print(callPinnedFields(part.document, supergraph))),
    ...(fetch.requires && { requires: requireFromPins(fetch.requires, part.pins, supergraph) }),
  }))
  const [only] = nodes
  return only && nodes.length === 1 ? only : { kind: 'Parallel', nodes }
}

function pinsIn(selections: readonly RequiredSelection[]): string[] {
  return selections.flatMap((selection) => [
    ...(selection.kind === 'Field' ? [selection.name] : []),
    ...pinsIn(selection.selections ?? []),
  ])
}

/** Whether two of the pinned fields are one field called with different arguments. */
function contradict(pins: ReadonlySet<string>, { pinned }: PinnedSupergraph): boolean {
  const fields = [...pins].map((name) => pinned.get(name)?.field)
  return new Set(fields).size < fields.length
}

function callPinnedFields(document: DocumentNode, { pinned }: PinnedSupergraph): DocumentNode {
  return visit(document, {
    Field(node) {
      const call = pinned.get(node.name.value)
      if (!call) return undefined
      return { ...node, alias: node.alias ?? node.name, name: nameNode(call.field), arguments: call.arguments }
    },
  })
}

function requireFromPins(
  selections: readonly RequiredSelection[],
  keep: ReadonlySet<string>,
  supergraph: PinnedSupergraph,
): RequiredSelection[] {
  return selections.flatMap((selection): RequiredSelection[] => {
    const inner = selection.selections && requireFromPins(selection.selections, keep, supergraph)
    if (selection.kind === 'InlineFragment') return [{ ...selection, selections: inner ?? [] }]
    const call = supergraph.pinned.get(selection.name)
    if (call && !keep.has(selection.name)) return []
    const source = call ? { name: call.field, source: selection.name } : {}
    return [{ ...selection, ...source, ...(inner && { selections: inner }) }]
  })
}

/** Part of a fetch; `variables` are those it has kept, where it has lost some of its fields. */
type Part = { document: DocumentNode; pins: Set<string>; variables?: ReadonlySet<string> }

/** Sorts the entity's fields into groups whose requirements agree, and keeps one group per document. */
function splitByPins(document: DocumentNode, supergraph: PinnedSupergraph): Part[] {
  const groups: { fields: Set<SelectionNode>; pins: Set<string> }[] = []
  visitEntityFields(document, (field, typeName) => {
    const pins = supergraph.pinsOf.get(`${typeName}.${field.name.value}`) ?? new Set()
    const fits = groups.find((group) => !contradict(new Set([...group.pins, ...pins]), supergraph))
    const group = fits ?? { fields: new Set(), pins: new Set() }
    if (!fits) groups.push(group)
    group.fields.add(field)
    for (const pin of pins) group.pins.add(pin)
  })
  return groups.map(({ fields, pins }) => {
    const kept = keepFields(document, fields)
    const variables = variablesIn(kept)
    return { document: declareOnly(kept, variables), pins, variables }
  })
}

type FieldSelection = Extract<SelectionNode, { kind: Kind.FIELD }>

/** Visits the fields of `_entities` themselves, not those below them. */
function visitEntityFields(document: DocumentNode, see: (field: FieldSelection, typeName: string) => void): void {
  const walk = (set: SelectionSetNode, typeName: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) see(selection, typeName)
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        walk(selection.selectionSet, selection.typeCondition?.name.value ?? typeName)
    }
  }
  for (const entities of entitiesFields(document)) if (entities.selectionSet) walk(entities.selectionSet, '')
}

function entitiesFields(document: DocumentNode): FieldSelection[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD)
      : [],
  )
}

function keepFields(document: DocumentNode, fields: ReadonlySet<SelectionNode>): DocumentNode {
  const keep = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind !== Kind.INLINE_FRAGMENT) return fields.has(selection) ? [selection] : []
      const inner = keep(selection.selectionSet)
      return inner.selections.length > 0 ? [{ ...selection, selectionSet: inner }] : []
    }),
  })
  const entities = new Set<SelectionNode>(entitiesFields(document))
  return visit(document, {
    Field(node) {
      if (!entities.has(node)) return undefined
      return node.selectionSet ? { ...node, selectionSet: keep(node.selectionSet) } : undefined
    },
  })
}

function variablesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>()
  visit(document, {
    enter(node) {
      if (node.kind === Kind.VARIABLE_DEFINITION) return false
      if (node.kind === Kind.VARIABLE) names.add(node.name.value)
      return undefined
    },
  })
  return names
}

/** A subgraph refuses a document that declares a variable and does not use it. */
function declareOnly(document: DocumentNode, used: ReadonlySet<string>): DocumentNode {
  return visit(document, {
    enter: (node) => (node.kind === Kind.VARIABLE_DEFINITION && !used.has(node.variable.name.value) ? null : undefined),
  })
}
