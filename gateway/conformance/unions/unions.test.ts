import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  media: {
    Query: {
      search: () => [
        { __typename: 'Film', id: 'f1', title: 'M' },
        null,
        { __typename: 'Book', id: 'b1', title: 'Faust' },
      ],
      best: () => ({ __typename: 'Book', id: 'b1', title: 'Faust' }),
    },
  },
  shop: {
    Query: {
      offers: () => [
        { __typename: 'Mug', cents: 500, handles: 1 },
        { __typename: 'Film', id: 'f1', title: 'M' },
      ],
    },
    Film: { cents: () => 900 },
  },
})

test('each object answers to the fragments of its own type', async () => {
  expect(await ask('{ search { __typename ... on Film { title } ... on Book { id } } }')).toEqual({
    data: { search: [{ __typename: 'Film', title: 'M' }, null, { __typename: 'Book', id: 'b1' }] },
  })
})

test('one response name stands for a different field on each type', async () => {
  expect(await ask('{ offers { ... on Film { n: title } ... on Mug { n: __typename } } }')).toEqual({
    data: { offers: [{ n: 'Mug' }, { n: 'M' }] },
  })
})

test('an entity of the union is completed by another subgraph, and only it', async () => {
  expect(await ask('{ search { ... on Film { title cents } ... on Book { title } } }')).toEqual({
    data: { search: [{ title: 'M', cents: 900 }, null, { title: 'Faust' }] },
  })
  expect(calls.at(-1)?.variables.representations).toEqual([{ __typename: 'Film', id: 'f1' }])
})

test('a member this subgraph does not know is not asked of it', async () => {
  calls.length = 0
  const query =
    '{ offers { ... on Mug { handles } ... on Book { title } } best { ... on Mug { handles } ... on Book { title } } }'
  expect(await ask(query)).toEqual({ data: { offers: [{ handles: 1 }, {}], best: { title: 'Faust' } } })
  expect(calls.find(({ service }) => service === 'media')?.query).not.toContain('Mug')
  expect(calls.find(({ service }) => service === 'shop')?.query).not.toContain('Book')
})
