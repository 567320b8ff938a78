import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { nameNode } from './pinnedFields.ts'

/** What the variables of `@skip` and `@include` must be where a selection is asked for. */
type Known = ReadonlyMap<string, boolean>

/**
 * A document without the selections no request asks for: those under `@skip(if: true)`, and those whose conditions
 * contradict one another or the ones above them. A field with nothing left below it is still asked for, so its
 * `__typename` stands in: whether there is an object must be known. The planner would plan nothing for such a field.
 * Undefined where the operation asks for nothing at all.
 */
export function withoutContradictions(document: DocumentNode, operationName?: string): DocumentNode | undefined {
  const isDead = deadFragments(document)
  const live = (set: SelectionSetNode, known: Known): SelectionNode[] =>
    set.selections.flatMap((selection): SelectionNode[] => {
      const here = learn(selection.directives, known)
      if (!here) return []
      if (selection.kind === Kind.FRAGMENT_SPREAD) return isDead(selection.name.value, here) ? [] : [selection]
      if (!selection.selectionSet) return [selection]
      const below = live(selection.selectionSet, here)
      if (below.length > 0) return [{ ...selection, selectionSet: setOf(below) }]
      return selection.kind === Kind.FIELD ? [{ ...selection, selectionSet: setOf([typename]) }] : []
    })

  let asksForNothing = false
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) return definition
    const selections = live(definition.selectionSet, new Map())
    if (selections.length > 0) return { ...definition, selectionSet: setOf(selections) }
    // A fragment of which nothing is left is spread nowhere any more.
    const isMeant = operationName === undefined || definition.name?.value === operationName
    if (definition.kind === Kind.OPERATION_DEFINITION && isMeant) asksForNothing = true
    return definition
  })
  return asksForNothing ? undefined : { ...document, definitions }
}

const typename: FieldNode = { kind: Kind.FIELD, name: nameNode('__typename') }
const setOf = (selections: readonly SelectionNode[]): SelectionSetNode => ({ kind: Kind.SELECTION_SET, selections })

/** So many selections of fragments are looked at; of those beyond, the planner is left to think. */
const lookedAtAtMost = 10_000

/** Tells whether nothing of a fragment is asked for where it is spread. */
function deadFragments(document: DocumentNode): (name: string, known: Known) => boolean {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  let lookedAt = 0
  const isDead = (name: string, known: Known): boolean => {
    const set = fragments.get(name)?.selectionSet
    return set !== undefined && isDeadSet(set, known)
  }
  const isDeadSet = (set: SelectionSetNode, known: Known): boolean =>
    set.selections.every((selection) => {
      // Fragments that spread each other twice would take time by the power of their number.
      if (++lookedAt > lookedAtAtMost) return false
      const here = learn(selection.directives, known)
      if (!here) return true
      if (selection.kind === Kind.FRAGMENT_SPREAD) return isDead(selection.name.value, here)
      return selection.kind === Kind.INLINE_FRAGMENT && isDeadSet(selection.selectionSet, here)
    })
  return isDead
}

/** What is known below directives, or undefined where they contradict themselves or what is known already. */
function learn(directives: readonly DirectiveNode[] | undefined, known: Known): Known | undefined {
  let learnt = known
  for (const { name, arguments: given } of directives ?? []) {
    const wanted = name.value === 'include' ? true : name.value === 'skip' ? false : undefined
    const value = given?.find((argument) => argument.name.value === 'if')?.value
    if (wanted === undefined || !value) continue
    if (value.kind === Kind.BOOLEAN && value.value !== wanted) return undefined
    if (value.kind !== Kind.VARIABLE) continue
    if (learnt.get(value.name.value) === !wanted) return undefined
    learnt = new Map(learnt).set(value.name.value, wanted)
  }
  return learnt
}
