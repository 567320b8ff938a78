import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

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

const goods = Array.from({ length: 200 }, (_, index) =>
  index % 2
    ? { __typename: 'Book', id: `item-${index}`, size: { width: 12, unit: 'millimetres, of the longer edge alone' } }
    : { __typename: 'Film', id: `item-${index}`, size: { height: 3, unit: 'millimetres, of the longer edge alone' } },
)

/** Of what stands at one place, one type has its height here and the other's comes from elsewhere. */
const mixed = federate({
  shop: {
    typeDefs: `
      type Query { goods: [Good!]! }
      interface Good { id: ID! }
      type Book implements Good @key(fields: "id") { id: ID! size: BookSize @shareable }
      type Film implements Good @key(fields: "id") { id: ID! size: FilmSize }
      type BookSize { width: Int unit: String }
      type FilmSize { height: Int unit: String }`,
    resolvers: { Query: { goods: () => goods } },
  },
  workshop: {
    typeDefs: `
      type Book @key(fields: "id") { id: ID! size: BookSize @shareable }
      type BookSize { height: Int }`,
    resolvers: { Book: { size: ({ id }: Row) => ({ height: Number(String(id).slice(5)) }) } },
  },
})

describe('an answer with several types at one place', () => {
  test('does not take what one of them is asked for as asked for of all', async () => {
    const query = '{ goods { id ... on Book { size { width unit height } } ... on Film { size { height unit } } } }'
    const expected = goods.map(({ __typename, id, size }, index) => ({
      id,
      size: __typename === 'Book' ? { ...size, height: index } : size,
    }))
    expect(await mixed.ask(query)).toEqual({ data: { goods: expected } })
  })
})
