import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  orders: {
    Query: { order: () => ({ id: 1, item: { sku: 's1' } }) },
  },
  catalogue: {
    Item: {
      __resolveReference: ({ sku, ean }: { sku?: string; ean?: string }) =>
        sku ? { sku, ean: `ean-${sku}` } : { sku: ean?.slice(4), ean },
    },
  },
  prices: {
    Query: { cheapest: () => ({ ean: 'ean-s7', cents: 1 }) },
    Item: { cents: ({ ean }: { ean: string }) => ean.length },
  },
})

test('a subgraph that knows both keys leads from the one at hand to the one another subgraph knows', async () => {
  expect(await ask('{ order { item { cents } } }')).toEqual({ data: { order: { item: { cents: 6 } } } })
  expect(calls.map(({ service, variables }) => [service, variables.representations])).toEqual([
    ['orders', undefined],
    ['catalogue', [{ __typename: 'Item', sku: 's1' }]],
    ['prices', [{ __typename: 'Item', ean: 'ean-s1' }]],
  ])
})

test('a subgraph is entered by whichever of its keys is at hand', async () => {
  expect(await ask('{ cheapest { sku } }')).toEqual({ data: { cheapest: { sku: 's7' } } })
  expect(calls.at(-1)?.variables.representations).toEqual([{ __typename: 'Item', ean: 'ean-s7' }])
})
