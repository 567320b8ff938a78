import {
  type DirectiveNode,
  type DocumentNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { keyOf } from './clientAliases.ts'
import { type FetchPlan, fetchesOf, type PlanNode } from './fetchPlan.ts'

/**
 * Plans a mutation as GraphQL executes it: each of its fields once, and completely before the next begins.
 *
 * The planner sends a field that is asked for in several places as often as fields of other subgraphs stand between
 * them, so the places are brought together first. And it sends neighbours of one subgraph in one fetch, whose answers
 * it completes after the last of them: where other subgraphs complete them, each field becomes a plan of its own.
 */
export function planInSeries(
  document: DocumentNode,
  operationName: string | undefined,
  plan: (document: DocumentNode) => FetchPlan,
): FetchPlan {
  const definition = getOperationAST(document, operationName)
  if (definition?.operation !== 'mutation') return plan(document)
  const fields = rootFields(definition, document)
  const asking = (selections: readonly SelectionNode[]): DocumentNode => {
    const asked = { ...definition, selectionSet: { ...definition.selectionSet, selections } }
    return { ...document, definitions: document.definitions.map((each) => (each === definition ? asked : each)) }
  }
  const whole = plan(asking(fields.flat()))
  if (fields.length === 1 || fetchesOf(whole).every(({ requires }) => !requires)) return whole
  const nodes = fields.map((field) => plan(asking(field))).filter((node): node is PlanNode => node !== undefined)
  return { kind: 'Sequence', nodes }
}

/** What an operation selects by each response name of its root, in the order of the answer, fragments unfolded. */
function rootFields(definition: OperationDefinitionNode, document: DocumentNode): SelectionNode[][] {
  const fields = new Map<string, SelectionNode[]>()
  const seen = new Set<string>()
  const walk = (set: SelectionSetNode, conditions: readonly DirectiveNode[]): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = keyOf(selection)
        fields.set(key, [...(fields.get(key) ?? []), under(conditions, selection)])
        continue
      }
      const within = [...conditions, ...(selection.directives ?? [])]
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, within)
        continue
      }
      // A fragment says the same wherever it is spread under the same conditions.
      const spread = [selection.name.value, ...new Set(within.map(print))].join(' ')
      if (seen.has(spread)) continue
      seen.add(spread)
      const fragment = document.definitions.find(
        (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
      )
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION) walk(fragment.selectionSet, within)
    }
  }
  walk(definition.selectionSet, [])
  return [...fields.values()]
}

/** The selection in a fragment for each of its conditions. */
function under(conditions: readonly DirectiveNode[], selection: SelectionNode): SelectionNode {
  return conditions.reduceRight<SelectionNode>(
    (inner, condition) => ({
      kind: Kind.INLINE_FRAGMENT,
      directives: [condition],
      selectionSet: { kind: Kind.SELECTION_SET, selections: [inner] },
    }),
    selection,
  )
}
