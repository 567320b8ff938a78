import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

test('a key of objects within objects is sent whole, and nothing beside it', async () => {
  const { ask, calls } = federateFolder(import.meta.dirname, {
    offices: { Query: { desks: () => [{ number: 1, room: { name: 'blue', floor: { level: 2 } } }] } },
    people: { Desk: { sitter: (desk: { room: { name: string } }) => `${desk.room.name} one` } },
  })
  expect(await ask('{ desks { sitter } }')).toEqual({ data: { desks: [{ sitter: 'blue one' }] } })
  expect(calls[1]?.variables.representations).toEqual([
    { __typename: 'Desk', number: 1, room: { floor: { level: 2 }, name: 'blue' } },
  ])
})

type Basket = { lines: { item: { sku: string } }[] }

test('a key that leads through a list sends every element of the list', async () => {
  const basket = (...skus: string[]) => ({ lines: skus.map((sku) => ({ item: { sku }, amount: 2 })) })
  const { ask, calls } = federateFolder(import.meta.dirname, {
    shop: { Query: { baskets: () => [basket('a', 'b'), basket(), basket('b')] } },
    tills: { Basket: { total: ({ lines }: Basket) => lines.length * 100 } },
  })
  expect(await ask('{ baskets { total lines { amount } } }')).toEqual({
    data: {
      baskets: [
        { total: 200, lines: [{ amount: 2 }, { amount: 2 }] },
        { total: 0, lines: [] },
        { total: 100, lines: [{ amount: 2 }] },
      ],
    },
  })
  expect(calls[1]?.variables.representations).toEqual([
    { __typename: 'Basket', lines: [{ item: { sku: 'a' } }, { item: { sku: 'b' } }] },
    { __typename: 'Basket', lines: [] },
    { __typename: 'Basket', lines: [{ item: { sku: 'b' } }] },
  ])
})
