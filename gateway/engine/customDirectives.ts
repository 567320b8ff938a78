import { type DirectiveDefinitionNode, DirectiveLocation, type DocumentNode, Kind, visit } from 'graphql'

const understood = new Set(['skip', 'include', 'defer', 'stream'])

/** The document without the directives only clients and validation know; subgraphs need not define them. */
export function withoutCustomDirectives(document: DocumentNode): DocumentNode {
  return visit(document, {
    enter(node) {
      return node.kind === Kind.DIRECTIVE && !understood.has(node.name.value) ? null : undefined
    },
  })
}

const executable = new Set<string>([
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
])

/** The directives of a supergraph that clients may write in operations. */
export function executableDirectives(supergraph: DocumentNode): DirectiveDefinitionNode[] {
  return supergraph.definitions
    .filter((definition) => definition.kind === Kind.DIRECTIVE_DEFINITION)
    .filter((definition) => definition.locations.some((location) => executable.has(location.value)))
}
