import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

/** An interface nothing implements where it is returned, whose field only the other subgraph knows. */
const { ask } = federate({
  a: {
    typeDefs: `type Query { a: Node one: Int }
      interface Node @key(fields: "id") { id: ID! }`,
    resolvers: { Query: { a: () => ({ id: 'n1' }), one: () => 1 }, Node: { __resolveType: () => 'Nothing' } },
  },
  b: {
    typeDefs: `type Query { b: Node }
      type Node @interfaceObject @key(fields: "id") { id: ID! field: String }`,
    resolvers: { Query: { b: () => ({ id: 'n1', field: 'foo' }) } },
  },
})

describe('a field no subgraph can answer where the query stands', () => {
  test('refuses an operation that asks for nothing else', async () => {
    const answer = await ask('{ a { field } }')
    expect(answer).toMatchObject({ errors: [{ message: 'no subgraph can answer what the operation asks for' }] })
    expect(answer).not.toHaveProperty('data')
  })

  test('is an error at its path beside what can be answered, not a silent null', async () => {
    expect(await ask('{ one a { field } }')).toMatchObject({
      data: { one: 1, a: null },
      errors: [{ path: ['a'], extensions: { reason: 'UNREACHABLE_FIELD' } }],
    })
  })

  test('can be had from where it can be answered', async () => {
    expect(await ask('{ b { id field } }')).toEqual({ data: { b: { id: 'n1', field: 'foo' } } })
  })
})
