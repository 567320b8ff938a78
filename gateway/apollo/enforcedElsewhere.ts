import { type DirectiveNode, Kind, parse, print, visit } from 'graphql'

const scopes = 'https://specs.apollo.dev/requiresScopes/'

/**
 * The library refuses a supergraph whose `@requiresScopes` it would have to enforce, as it cannot. Here every subgraph
 * enforces the scopes of its own contract (kernel/subgraph), whoever calls it; so the supergraph may say that this is
 * none of the executor's duties. Other features that are for security stay refused.
 */
export function leaveScopesToSubgraphs(supergraph: string): string {
  const document = visit(parse(supergraph), {
    Directive(directive) {
      if (directive.name.value !== 'link' || !argument(directive, 'url').startsWith(scopes)) return undefined
      return { ...directive, arguments: directive.arguments?.filter(({ name }) => name.value !== 'for') }
    },
  })
  return print(document)
}

function argument(directive: DirectiveNode, called: string): string {
  const value = directive.arguments?.find(({ name }) => name.value === called)?.value
  return value?.kind === Kind.STRING ? value.value : ''
}
