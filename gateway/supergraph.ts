import type { Check } from '@steinmetz/kernel/health'
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  Kind,
  parse,
  print,
  visit,
} from 'graphql'

/** A subgraph as the supergraph names it: its own name and the address its operations are sent to. */
export type RoutedSubgraph = { name: string; url: string }

/** The supergraph with the addresses of this installation, ready to be planned on. */
export type RoutedSupergraph = { sdl: string; subgraphs: readonly RoutedSubgraph[] }

/** Builds a graph from another supergraph and serves it; answers whether there was anything to change. */
export type Swap = (sdl: string) => Promise<boolean>

/** Where the supergraph comes from. */
export type SupergraphSource = {
  /** The one to begin with. */
  sdl: string
  checks: readonly Check[]
  /** Another to begin with, where that one could not be loaded because of `error`; undefined where there is none. */
  instead?(error: unknown): Promise<string | undefined>
  /** Hands newer ones to `swap`, from now on. */
  follow(swap: Swap): void
  stop(): Promise<void>
}

/** The supergraph cannot serve this installation; `reasons` says why, one sentence each. */
export class SupergraphRefused extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[]) {
    super(`the supergraph is refused: ${reasons.join('; ')}`)
    this.name = 'SupergraphRefused'
    this.reasons = reasons
  }
}

/**
 * Puts the addresses of this installation in place of the composed ones (`@join__graph(url:)`). Every mistake is
 * told at once: an override for a subgraph the supergraph does not know is most likely a misspelt name, and a
 * subgraph without any address would fail only when the first request needs it. Throws SupergraphRefused.
 */
export function routeSupergraph(sdl: string, urls: Readonly<Record<string, string>> = {}): RoutedSupergraph {
  const subgraphs: RoutedSubgraph[] = []
  const document = visit(read(sdl), {
    EnumTypeDefinition(node) {
      return node.name.value === 'join__Graph' ? withUrls(node, urls, subgraphs) : false
    },
  })
  const known = new Set(subgraphs.map(({ name }) => name))
  const mistakes = [
    ...(known.size === 0 ? ['it names no subgraph: was it composed?'] : []),
    ...subgraphs.filter(({ url }) => !url).map(({ name }) => `subgraph ${name} has no url`),
    ...Object.keys(urls)
      .filter((name) => !known.has(name))
      .map((name) => `SUBGRAPH_URLS names ${name}, the supergraph does not (it knows ${[...known].join(', ')})`),
  ]
  if (mistakes.length > 0) throw new SupergraphRefused(mistakes)
  return { sdl: print(document), subgraphs }
}

function read(sdl: string): DocumentNode {
  try {
    return parse(sdl)
  } catch (error) {
    throw new SupergraphRefused([error instanceof Error ? error.message : String(error)])
  }
}

function withUrls(
  graphs: EnumTypeDefinitionNode,
  urls: Readonly<Record<string, string>>,
  found: RoutedSubgraph[],
): EnumTypeDefinitionNode {
  const values = graphs.values?.map((value) => ({
    ...value,
    directives: value.directives?.map((directive) => {
      if (directive.name.value !== 'join__graph') return directive
      const name = text(directive, 'name')
      const url = urls[name] ?? text(directive, 'url')
      found.push({ name, url })
      return withUrl(directive, url)
    }),
  }))
  return { ...graphs, values }
}

function text(directive: ConstDirectiveNode, argument: string): string {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value
  return value?.kind === Kind.STRING ? value.value : ''
}

function withUrl(directive: ConstDirectiveNode, url: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === 'url' ? { ...argument, value: { kind: Kind.STRING, value: url } } : argument,
    ),
  }
}
