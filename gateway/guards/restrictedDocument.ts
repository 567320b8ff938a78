import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { AccessTo, FieldAccess } from './fieldAccess.ts'
import { type Fragments, fragmentsOf } from './selectedFields.ts'
import type { SupergraphRules } from './supergraphRules.ts'

/** An operation without what its reader may not see, and what that is. */
export type Restricted = {
  query: string
  document: DocumentNode
  denied: ReadonlyMap<FieldNode, FieldAccess & { field: string }>
}

/** Under this name the types of objects are asked for whose fields depend on them. */
export const typeKey = 'gatewayTypename__'

/** All that the fields of an operation ask of its reader, each once. */
export function accessOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { rules, access }: { rules: SupergraphRules; access: AccessTo },
): FieldAccess[] {
  const asked = new Map<string, FieldAccess>()
  const fragments = fragmentsOf(document)
  const visited = new Set<string>()
  const look = (set: SelectionSetNode, on: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const found = access(on, selection.name.value)
        if (found) asked.set(found.key, found)
        const type = rules.type(on)?.fields.get(selection.name.value)?.type
        if (selection.selectionSet && type) look(selection.selectionSet, type)
        continue
      }
      const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined
      if (name !== undefined && visited.has(name)) continue
      if (name !== undefined) visited.add(name)
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(name ?? '')
      if (fragment) look(fragment.selectionSet, fragment.typeCondition?.name.value ?? on)
    }
  }
  look(operation.selectionSet, rules.root(operation.operation))
  return [...asked.values()]
}

/**
 * Takes out of a document what `isDenied` names. What is left is a document of its own, to be planned and executed
 * as if the rest had never been asked for; what is used by the rest alone goes with it.
 */
export function restrict(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  guarded: { rules: SupergraphRules; access: AccessTo },
  isDenied: (access: FieldAccess) => boolean,
): Restricted {
  const denied = new Map<FieldNode, FieldAccess & { field: string }>()
  const without = (set: SelectionSetNode, on: string): SelectionSetNode => {
    const selections = set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection]
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value ?? on
        return [{ ...selection, selectionSet: without(selection.selectionSet, condition) }]
      }
      const access = guarded.access(on, selection.name.value)
      if (access && isDenied(access)) {
        denied.set(selection, { ...access, field: `${on}.${selection.name.value}` })
        return []
      }
      const type = guarded.rules.type(on)?.fields.get(selection.name.value)?.type
      const below = selection.selectionSet && type ? without(selection.selectionSet, type) : selection.selectionSet
      return [below ? { ...selection, selectionSet: below } : selection]
    })
    const needsType = guarded.rules.type(on)?.kind !== 'object' || selections.length === 0
    return { ...set, selections: needsType ? [...selections, typeField] : selections }
  }

  const root = guarded.rules.root(operation.operation)
  const kept: OperationDefinitionNode = { ...operation, selectionSet: without(operation.selectionSet, root) }
  const definitions = document.definitions.map((definition) => {
    if (definition === operation) return kept
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) return definition
    return { ...definition, selectionSet: without(definition.selectionSet, definition.typeCondition.name.value) }
  })
  const restricted = onlyWhatIsUsed(
    { document, operation },
    { document: { ...document, definitions }, operation: kept },
  )
  return { query: print(restricted), document: restricted, denied }
}

const typeField: FieldNode = {
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: typeKey },
  name: { kind: Kind.NAME, value: '__typename' },
}

type Part = { document: DocumentNode; operation: OperationDefinitionNode }

/** Drops variables and fragments that are used no more. What nobody has used before stays, for validation to say so. */
function onlyWhatIsUsed(before: Part, after: Part): DocumentNode {
  const [was, is] = [usedBy(before), usedBy(after)]
  const gone = (kind: keyof Used, name: string) => was[kind].has(name) && !is[kind].has(name)
  const definitions = after.document.definitions
    .filter((definition) => definition.kind !== Kind.FRAGMENT_DEFINITION || !gone('fragments', definition.name.value))
    .map((definition) => {
      if (definition !== after.operation) return definition
      const variables = definition.variableDefinitions ?? []
      return {
        ...definition,
        variableDefinitions: variables.filter(({ variable }) => !gone('variables', variable.name.value)),
      }
    })
  return { ...after.document, definitions }
}

type Used = { fragments: Set<string>; variables: Set<string> }

function usedBy({ document, operation }: Part): Used {
  const fragments: Fragments = fragmentsOf(document)
  const used: Used = { fragments: new Set(), variables: new Set() }
  const look = (set: SelectionSetNode | OperationDefinitionNode): void => {
    visit(set, {
      enter(node) {
        if (node.kind === Kind.VARIABLE_DEFINITION) return false
        if (node.kind === Kind.VARIABLE) used.variables.add(node.name.value)
        if (node.kind !== Kind.FRAGMENT_SPREAD || used.fragments.has(node.name.value)) return undefined
        const fragment = fragments.get(node.name.value)
        used.fragments.add(node.name.value)
        if (fragment) look(fragment.selectionSet)
        return undefined
      },
    })
  }
  look(operation)
  return used
}
