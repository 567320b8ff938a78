import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql'
import { argumentOf } from './supergraphAst.ts'

/**
 * Takes keys with `resolvable: false` out of a supergraph where the same subgraph can also resolve
 * the type by another key. The planner otherwise picks any key of the subgraph when it comes back
 * for a field with `@requires`, and enters through one the subgraph cannot resolve.
 *
 * A type whose subgraph resolves none of its keys keeps them: they still say which fields it owns.
 */
export function dropUnresolvableKeys(supergraph: DocumentNode): DocumentNode {
  return {
    ...supergraph,
    definitions: supergraph.definitions.map((node) => {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return node
      const resolvableIn = new Set((node.directives ?? []).filter(isResolvableKey).map(graphOf))
      const directives = node.directives?.filter(
        (directive) => !isJoinType(directive) || isResolvableKey(directive) || !resolvableIn.has(graphOf(directive)),
      )
      return { ...node, directives }
    }),
  }
}

const isJoinType = (directive: ConstDirectiveNode) => directive.name.value === 'join__type'

const isResolvableKey = (directive: ConstDirectiveNode) =>
  isJoinType(directive) && argumentOf(directive, 'key') !== undefined && argumentOf(directive, 'resolvable') !== false

const graphOf = (directive: ConstDirectiveNode) => argumentOf(directive, 'graph')
