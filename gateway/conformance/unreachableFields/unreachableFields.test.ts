import { describe, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

/** An interface nothing implements where it is returned, whose field only the other subgraph knows. */
const { ask } = federateFolder(import.meta.dirname, {
  nodes: {
    Query: { a: () => ({ id: 'n1' }), one: () => 1 },
    Node: { __resolveType: () => 'Nothing' },
  },
  fields: { Query: { b: () => ({ id: 'n1', field: 'foo' }) } },
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

  test('is one too where the other subgraph implements the interface', async () => {
    const federation = federateFolder(import.meta.dirname, {
      notes: {
        Query: { node: () => ({ id: 1 }), lone: () => 1 },
        Noted: { __resolveType: () => 'Nothing' },
      },
      things: { Query: { other: () => ({ id: 1, note: 'n' }) } },
    })
    expect(await federation.ask('{ lone node { note } }')).toMatchObject({
      data: { lone: 1, node: null },
      errors: [{ path: ['node'] }],
    })
    expect(await federation.ask('{ other { note } }')).toEqual({ data: { other: { note: 'n' } } })
  })
})
