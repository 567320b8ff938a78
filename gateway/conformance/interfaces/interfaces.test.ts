import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const book = { __typename: 'Book', id: 'b1', name: 'Faust', pages: 100 }
const film = { __typename: 'Film', id: 'f1', name: 'M', minutes: 117 }

const { ask, calls } = federateFolder(import.meta.dirname, {
  shop: {
    Query: { goods: () => [book, film], named: () => [{ __typename: 'Store', name: 'Ulm' }, film, null] },
  },
  stock: {
    Book: { left: () => 2 },
    Film: { left: () => 0, format: () => 'reel' },
  },
})

test('fields of the interface and of its implementations', async () => {
  expect(await ask('{ goods { __typename name ... on Book { pages } ... on Film { long: minutes } } }')).toEqual({
    data: {
      goods: [
        { __typename: 'Book', name: 'Faust', pages: 100 },
        { __typename: 'Film', name: 'M', long: 117 },
      ],
    },
  })
})

test('one response name for fields of different names on different types', async () => {
  expect(await ask('{ goods { ... on Book { extent: pages } ... on Film { extent: minutes format } } }')).toEqual({
    data: { goods: [{ extent: 100 }, { extent: 117, format: 'reel' }] },
  })
})

test('an interface that implements another, and what implements only the one', async () => {
  expect(await ask('{ named { name ... on Good { id } ... on Store { __typename } } }')).toEqual({
    data: { named: [{ name: 'Ulm', __typename: 'Store' }, { name: 'M', id: 'f1' }, null] },
  })
})

test('an interface only another subgraph knows, which sees the entities it implements it with', async () => {
  expect(await ask('{ goods { id ... on Stocked { left } } }')).toEqual({
    data: {
      goods: [
        { id: 'b1', left: 2 },
        { id: 'f1', left: 0 },
      ],
    },
  })
  expect(calls.at(-1)?.service).toBe('stock')
  expect(calls.at(-1)?.variables.representations).toEqual([
    { __typename: 'Book', id: 'b1' },
    { __typename: 'Film', id: 'f1' },
  ])
})
