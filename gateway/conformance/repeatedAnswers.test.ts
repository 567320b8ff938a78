import { describe, expect, test } from 'vitest'
import { federate } from './federation.ts'

type Row = Record<string, unknown>

const rows = Array.from({ length: 60 }, (_, index) => ({
  id: `desk-${index}`,
  size: { width: 120, unit: 'centimetres, measured at the longer edge' },
}))

/** Desks of one width and different heights: two subgraphs each know a part of the size. */
const { ask, calls } = federate({
  shop: {
    typeDefs: `
      type Query { desks: [Desk!]! }
      type Desk @key(fields: "id") { id: ID! size: Size! @shareable  maker: Maker! }
      type Size { width: Int! unit: String }
      type Maker @key(fields: "id") { id: ID! city: String }`,
    resolvers: {
      Query: { desks: () => rows },
      Desk: { maker: ({ id }: Row) => ({ id: `maker-${Number(String(id).slice(5)) % 2}`, city: 'Ulm' }) },
    },
  },
  workshop: {
    typeDefs: `
      type Desk @key(fields: "id") { id: ID! size: Size! @shareable }
      type Size { height: Int! }`,
    resolvers: { Desk: { size: ({ id }: Row) => ({ height: Number(String(id).slice(5)) }) } },
  },
  people: {
    typeDefs: 'type Maker @key(fields: "id") { id: ID! name: String }',
    resolvers: { Maker: { name: ({ id }: Row) => `Meister ${id}` } },
  },
})

describe('an answer that repeats itself', () => {
  test('does not mix what different entities are given later', async () => {
    const desks = rows.map(({ id, size }, height) => ({ id, size: { ...size, height } }))
    expect(await ask('{ desks { id size { width unit height } } }')).toEqual({ data: { desks } })
  })

  test('has each entity completed once, wherever it stands', async () => {
    const desks = rows.map((_, index) => ({ maker: { city: 'Ulm', name: `Meister maker-${index % 2}` } }))
    expect(await ask('{ desks { maker { city name } } }')).toEqual({ data: { desks } })
    expect(calls.findLast(({ service }) => service === 'people')?.variables.representations).toHaveLength(2)
  })
})
