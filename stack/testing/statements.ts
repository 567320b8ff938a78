import pg from 'pg'
import { expect, vi } from 'vitest'
import type { Caller, GraphQLAnswer, TestSubgraph } from './subgraph.ts'

/**
 * The environment of a subgraph whose statements are counted: a client's first query on a connection asks the server's
 * version along with it; with one connection, once.
 */
export const oneConnection = { DATABASE_POOL: '1' }

/** What a subgraph answers, which must be free of errors, and how many statements it sent to its own database meanwhile. */
export async function counted(
  subgraph: Pick<TestSubgraph, 'ask' | 'database'>,
  caller: Caller,
  query: string,
  variables: object,
): Promise<{ data: GraphQLAnswer['data']; statements: number }> {
  const sent = vi.spyOn(pg.Client.prototype, 'query')
  const { data, errors } = await subgraph.ask(caller, query, variables)
  const clients = sent.mock.contexts as unknown as { database: string }[]
  sent.mockRestore()
  expect(errors).toEqual([])
  const statements = clients.filter(({ database }) => database === subgraph.database.name).length
  expect(statements).toBeGreaterThan(0)
  return { data, statements }
}
