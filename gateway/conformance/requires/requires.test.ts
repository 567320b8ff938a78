import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const products = [
  { upc: 'p1', name: 'chair', weight: 3, box: { height: 1, width: 2, maker: { id: 'm1' } } },
  { upc: 'p2', name: 'table', weight: null, box: null },
]

type Customs = { box: { height: number; width: number; maker: { country: string } } | null }

const { ask, calls } = federateFolder(import.meta.dirname, {
  catalogue: {
    Query: { products: () => products },
    Product: { __resolveReference: ({ upc }: { upc: string }) => products.find((product) => product.upc === upc) },
  },
  makers: { Maker: { country: ({ id }: { id: string }) => `country of ${id}` } },
  shipping: {
    Product: {
      shippingCents: ({ weight }: { weight: number | null }) => (weight === null ? null : weight * 7),
      customs: ({ box }: Customs) => box && `${box.height} by ${box.width}, ${box.maker.country}`,
    },
  },
  billing: { Product: { invoice: ({ shippingCents }: { shippingCents: number | null }) => `${shippingCents} cents` } },
})

test('a subgraph is handed the fields of another it needs, a null as null', async () => {
  expect(await ask('{ products { name shippingCents } }')).toEqual({
    data: {
      products: [
        { name: 'chair', shippingCents: 21 },
        { name: 'table', shippingCents: null },
      ],
    },
  })
  expect(calls.at(-1)?.variables.representations).toEqual([
    { __typename: 'Product', upc: 'p1', weight: 3 },
    { __typename: 'Product', upc: 'p2', weight: null },
  ])
})

test('what is needed may lie deeper, and with a third subgraph', async () => {
  expect(await ask('{ products { customs } }')).toEqual({
    data: { products: [{ customs: '1 by 2, country of m1' }, { customs: null }] },
  })
})

test('what is needed may itself need something', async () => {
  calls.length = 0
  expect(await ask('{ products { invoice } }')).toEqual({
    data: { products: [{ invoice: '21 cents' }, { invoice: 'null cents' }] },
  })
  expect(calls.map(({ service }) => service)).toEqual(['catalogue', 'shipping', 'billing'])
})

test('a client alias that is named as what is needed is kept apart from it', async () => {
  expect(await ask('{ products { upc: name weight: upc shippingCents } }')).toEqual({
    data: {
      products: [
        { upc: 'chair', weight: 'p1', shippingCents: 21 },
        { upc: 'table', weight: 'p2', shippingCents: null },
      ],
    },
  })
})
