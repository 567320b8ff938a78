import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { both, type Condition, conditionOf } from './conditions.ts'

/** A selection set that applies to an object, under a condition where it has one. */
export type Branch = { set: SelectionSetNode; shown: Condition | undefined }

/** All the selections of one response name on one type. */
export type CollectedField = { key: string; nodes: { node: FieldNode; shown: Condition | undefined }[] }

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** The fields that branches select on objects called `typeName`, in response order. */
export function collectFields(
  branches: readonly Branch[],
  typeName: string,
  schema: GraphQLSchema,
  fragments: Fragments,
): CollectedField[] {
  const fields = new Map<string, CollectedField>()
  // What is always shown adds nothing when it is met again. Without this, fragments that spread each other twice
  // would take time and memory by the power of their number.
  const always = new Set<FragmentDefinitionNode>()
  const collect = ({ set, shown }: Branch): void => {
    for (const selection of set.selections) {
      const own = conditionOf(selection.directives)
      if (own === false) continue
      const condition = both(shown, own)
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const field = fields.get(key) ?? { key, nodes: [] }
        fields.set(key, field)
        field.nodes.push({ node: selection, shown: condition })
        continue
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!fragment || !applies(fragment.typeCondition?.name.value, typeName, schema)) continue
      if (fragment.kind === Kind.FRAGMENT_DEFINITION) {
        if (always.has(fragment)) continue
        if (!condition) always.add(fragment)
      }
      collect({ set: fragment.selectionSet, shown: condition })
    }
  }
  for (const branch of branches) collect(branch)
  return [...fields.values()]
}

function applies(condition: string | undefined, typeName: string, schema: GraphQLSchema): boolean {
  if (condition === undefined || condition === typeName) return true
  const wanted = schema.getType(condition)
  const actual = schema.getType(typeName)
  if (!isAbstractType(wanted)) return false
  return (isObjectType(actual) || isInterfaceType(actual)) && schema.isSubType(wanted, actual)
}
