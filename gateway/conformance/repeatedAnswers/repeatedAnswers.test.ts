import { describe, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

type Row = Record<string, unknown>

const rows = Array.from({ length: 60 }, (_, index) => ({
  id: `desk-${index}`,
  size: { width: 120, unit: 'centimetres, measured at the longer edge' },
}))

/** Desks of one width and different heights: two subgraphs each know a part of the size. */
const { ask, calls } = federateFolder(import.meta.dirname, {
  shop: {
    Query: { desks: () => rows },
    Desk: { maker: ({ id }: Row) => ({ id: `maker-${Number(String(id).slice(5)) % 2}`, city: 'Ulm' }) },
  },
  workshop: { Desk: { size: ({ id }: Row) => ({ height: Number(String(id).slice(5)) }) } },
  people: { Maker: { name: ({ id }: Row) => `Meister ${id}` } },
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
const mixed = federateFolder(import.meta.dirname, {
  mixedShop: { Query: { goods: () => goods } },
  mixedWorkshop: { Book: { size: ({ id }: Row) => ({ height: Number(String(id).slice(5)) }) } },
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
