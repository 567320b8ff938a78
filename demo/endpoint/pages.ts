import { z } from 'zod'
import type { Ask, Operation } from './endpoint.ts'

/** One page of a Relay connection. */
export type Page<Node> = { nodes: Node[]; next: string | null }

/** A list in the schema: an operation that takes `$after`, and its data read as a page. */
export type List<Node> = Operation<Page<Node>>

/** What a connection of these nodes looks like under the root field of that name. */
export function pageOf<Node>(field: string, node: z.ZodType<Node>): z.ZodType<Page<Node>> {
  const connection = z.object({
    edges: z.array(z.object({ node })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  })
  return z.record(z.string(), connection).transform((data, context) => {
    const found = data[field]
    if (!found) {
      context.addIssue({ code: 'custom', message: `the answer has no ${field}` })
      return z.NEVER
    }
    const { edges, pageInfo } = found
    return { nodes: edges.map((edge) => edge.node), next: pageInfo.hasNextPage ? pageInfo.endCursor : null }
  })
}

/** Reads a list to its end, page by page. */
export async function readAll<Node>(ask: Ask, list: List<Node>, variables: object = {}): Promise<Node[]> {
  const all: Node[] = []
  for (let after: string | null = null; ; ) {
    const page: Page<Node> = (await ask(list, { ...variables, after })).data
    all.push(...page.nodes)
    if (page.next === null) return all
    after = page.next
  }
}
