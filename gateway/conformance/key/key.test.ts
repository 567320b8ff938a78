import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const nameOf = (sku: string) => (sku === 'gone' ? null : { sku, name: `item ${sku}` })

const { ask, calls } = federateFolder(import.meta.dirname, {
  orders: {
    Query: { orders: () => ['a', 'b', 'a', 'gone'].map((sku, number) => ({ number, item: { sku, weight: 5 } })) },
  },
  catalogue: {
    Query: { item: (_: unknown, { sku }: { sku: string }) => nameOf(sku) },
    Item: { __resolveReference: ({ sku }: { sku: string }) => nameOf(sku) },
  },
})

test('an entity is completed by the subgraph that knows it by its key, once however often it occurs', async () => {
  expect(await ask('{ orders { number item { name } } }')).toEqual({
    data: {
      orders: [
        { number: 0, item: { name: 'item a' } },
        { number: 1, item: { name: 'item b' } },
        { number: 2, item: { name: 'item a' } },
        { number: 3, item: { name: null } },
      ],
    },
  })
  expect(calls.map(({ service }) => service)).toEqual(['orders', 'catalogue'])
  expect(calls[1]?.variables.representations).toEqual(['a', 'b', 'gone'].map((sku) => ({ __typename: 'Item', sku })))
})

test('so it is where it stands with other fields of its own at each place', async () => {
  const item = (sku: string) => ({ item: { weight: 5, name: sku === 'gone' ? null : `item ${sku}` } })
  expect(await ask('{ orders { item { weight name } } }')).toEqual({
    data: { orders: [item('a'), item('b'), item('a'), item('gone')] },
  })
  expect(calls.at(-1)?.variables.representations).toHaveLength(3)
})

test('a subgraph that knows all that is asked for is the only one asked', async () => {
  calls.length = 0
  expect(await ask('{ item(sku: "c") { sku name } }')).toEqual({ data: { item: { sku: 'c', name: 'item c' } } })
  expect(calls.map(({ service }) => service)).toEqual(['catalogue'])
})

test('a number and a string of the same digits are different keys', async () => {
  const federation = federateFolder(import.meta.dirname, {
    readings: { Query: { readings: () => [{ code: 1 }, { code: '1' }] } },
    kinds: { Reading: { kind: ({ code }: { code: unknown }) => typeof code } },
  })
  expect(await federation.ask('{ readings { kind } }')).toEqual({
    data: { readings: [{ kind: 'number' }, { kind: 'string' }] },
  })
})
