import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql'
import type { SupergraphRules } from './supergraphRules.ts'

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** What is selected on objects of one kind under one name. `on` is the type it was selected on. */
export type SelectedField = { key: string; on: string; nodes: FieldNode[] }

/** The fields of objects whose types all match the same type conditions, in the order they are answered in. */
export type SelectedFields = { types: ReadonlySet<string>; fields: readonly SelectedField[] }

/** Reads a variable of the request. */
export type ReadVariable = (name: string) => unknown

export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]))
}

export type Selecting = { rules: SupergraphRules; fragments: Fragments; variable: ReadVariable }

/** Reads the variables of a request, or what the operation says they are when they are left out. */
export function variablesOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | undefined,
): ReadVariable {
  return (name) => {
    if (variables && Object.hasOwn(variables, name)) return variables[name]
    const value = variableDefinitions.find(({ variable }) => variable.name.value === name)?.defaultValue
    return value && valueFromASTUntyped(value)
  }
}

/**
 * The fields that selection sets select together on the type `on`, as execution would collect them (GraphQL
 * specification, § 6.3.2), once for each group of its possible object types that see the same fields. Takes time in
 * proportion to the text and the groups, however often fragments spread each other.
 */
export function selectedFields(sets: readonly SelectionSetNode[], on: string, selecting: Selecting): SelectedFields[] {
  const { rules } = selecting
  const possible = rules.type(on)?.possible
  // A type the supergraph does not know: validation will say so.
  if (!possible || possible.size === 0) return [{ types: new Set([on]), fields: fieldsOn(sets, on, on, selecting) }]
  const conditions = possible.size > 1 ? typeConditions(sets, selecting.fragments) : []
  const groups = new Map<string, { one: string; types: Set<string> }>()
  for (const type of possible) {
    const matches = conditions.map((condition) => (rules.type(condition)?.possible.has(type) ? '1' : '0')).join('')
    const group = groups.get(matches)
    if (group) group.types.add(type)
    else groups.set(matches, { one: type, types: new Set([type]) })
  }
  return [...groups.values()].map(({ one, types }) => ({ types, fields: fieldsOn(sets, on, one, selecting) }))
}

/** The type conditions that stand between these selection sets and their fields. */
function typeConditions(sets: readonly SelectionSetNode[], fragments: Fragments): string[] {
  const conditions = new Set<string>()
  const visited = new Set<FragmentDefinitionNode>()
  const visit = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) continue
      const named = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : undefined
      if (selection.kind === Kind.FRAGMENT_SPREAD && (!named || visited.has(named))) continue
      if (named) visited.add(named)
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : named
      if (!fragment) continue
      if (fragment.typeCondition) conditions.add(fragment.typeCondition.name.value)
      visit(fragment.selectionSet)
    }
  }
  for (const set of sets) visit(set)
  return [...conditions]
}

/** What is selected on objects of the type `type`, where the sets stand on the type `on`. */
export function fieldsOn(
  sets: readonly SelectionSetNode[],
  on: string,
  type: string,
  { rules, fragments, variable }: Selecting,
): SelectedField[] {
  const fields = new Map<string, SelectedField>()
  const visited = new Set<string>()
  const visit = (set: SelectionSetNode, under: string): void => {
    for (const selection of set.selections) {
      if (!isIncluded(selection.directives, variable)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const known = fields.get(key)
        if (known) known.nodes.push(selection)
        else fields.set(key, { key, on: under, nodes: [selection] })
        continue
      }
      const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined
      if (name !== undefined && visited.has(name)) continue
      if (name !== undefined) visited.add(name)
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(name ?? '')
      const condition = fragment?.typeCondition?.name.value ?? under
      if (!fragment || (condition !== type && !rules.type(condition)?.possible.has(type))) continue
      visit(fragment.selectionSet, condition)
    }
  }
  for (const set of sets) visit(set, on)
  return [...fields.values()]
}

/** Whether `@skip` and `@include` let a selection be executed. What is no boolean does not take it out. */
function isIncluded(directives: readonly DirectiveNode[] | undefined, variable: ReadVariable): boolean {
  return (directives ?? []).every((directive) => {
    const name = directive.name.value
    if (name !== 'skip' && name !== 'include') return true
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value
    const given =
      value?.kind === Kind.VARIABLE
        ? variable(value.name.value)
        : value?.kind === Kind.BOOLEAN
          ? value.value
          : undefined
    return name === 'skip' ? given !== true : given !== false
  })
}
