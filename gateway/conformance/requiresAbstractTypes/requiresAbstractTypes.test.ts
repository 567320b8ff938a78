import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const products = [
  {
    id: 'p1',
    medium: { __typename: 'Paper', format: 'A5', pages: 90 },
    part: { __typename: 'Screw', threads: 3 },
  },
  {
    id: 'p2',
    medium: { __typename: 'Disc', format: 'LP', minutes: 40 },
    part: { __typename: 'Board', id: 'oak' },
  },
]

const { ask, calls } = federateFolder(import.meta.dirname, {
  catalogue: { Query: { products: () => products } },
  timber: { Board: { wood: ({ id }: { id: string }) => `${id} wood` } },
  sales: {
    Product: {
      blurb: ({ medium }: { medium: object }) => Object.values(medium).join(' '),
      madeOf: ({ part }: { part: object }) => Object.values(part).join(' '),
    },
  },
})

test('what is needed of an interface is taken of the concrete type that stands there', async () => {
  expect(await ask('{ products { blurb } }')).toEqual({
    data: { products: [{ blurb: 'A5 90' }, { blurb: 'LP 40' }] },
  })
})

test('what is needed of a union may come from a third subgraph', async () => {
  expect(await ask('{ products { madeOf } }')).toEqual({
    data: { products: [{ madeOf: 'Screw 3' }, { madeOf: 'Board oak wood' }] },
  })
  expect(calls.at(-1)?.variables.representations).toEqual([
    { __typename: 'Product', id: 'p1', part: { __typename: 'Screw', threads: 3 } },
    { __typename: 'Product', id: 'p2', part: { __typename: 'Board', wood: 'oak wood' } },
  ])
})

test('what the client asks for of the same objects is not mixed with it', async () => {
  const query = '{ products { medium { ... on Paper { minutes: pages } ... on Disc { minutes } } blurb } }'
  expect(await ask(query)).toEqual({
    data: {
      products: [
        { medium: { minutes: 90 }, blurb: 'A5 90' },
        { medium: { minutes: 40 }, blurb: 'LP 40' },
      ],
    },
  })
})
