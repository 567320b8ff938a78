import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const book = { __typename: 'Book', id: 'b1', title: 'Faust', pages: 100 }
const film = { __typename: 'Film', id: 'f1', title: 'M', minutes: 117 }
const mediaOf = ({ id }: { id: string }) => (id === 'b1' ? book : film)

const { ask, calls } = federateFolder(import.meta.dirname, {
  media: {
    Query: { feed: () => [book, film], books: () => [book] },
    Media: { __resolveReference: mediaOf },
    Book: { __resolveReference: mediaOf },
    Film: { __resolveReference: mediaOf },
  },
  ratings: {
    Query: { best: () => ({ id: 'f1', stars: 5 }) },
    Media: { stars: ({ id }: { id: string }) => (id === 'f1' ? 5 : 4) },
  },
  covers: { Media: { cover: ({ title, stars }: { title: string; stars: number }) => `${title}, ${stars} stars` } },
})

test('adds a field to every implementation', async () => {
  expect(await ask('{ feed { title stars } }')).toEqual({
    data: {
      feed: [
        { title: 'Faust', stars: 4 },
        { title: 'M', stars: 5 },
      ],
    },
  })
  expect(calls.at(-1)?.variables.representations).toEqual([
    { __typename: 'Media', id: 'b1' },
    { __typename: 'Media', id: 'f1' },
  ])
})

test('adds it where one implementation alone is asked for it', async () => {
  expect(await ask('{ feed { id ... on Film { stars } } }')).toEqual({
    data: { feed: [{ id: 'b1' }, { id: 'f1', stars: 5 }] },
  })
  expect(calls.at(-1)?.variables.representations).toEqual([{ __typename: 'Media', id: 'f1' }])
})

test('does not make its own name the name of the concrete type', async () => {
  expect(await ask('{ books { stars __typename } }')).toEqual({ data: { books: [{ stars: 4, __typename: 'Book' }] } })
})

test('learns the concrete type where it is asked for', async () => {
  expect(await ask('{ best { __typename id stars ... on Film { minutes } ... on Book { pages } } }')).toEqual({
    data: { best: { __typename: 'Film', id: 'f1', stars: 5, minutes: 117 } },
  })
})

test('needs no concrete type where none is asked for', async () => {
  calls.length = 0
  expect(await ask('{ best { id stars } }')).toEqual({ data: { best: { id: 'f1', stars: 5 } } })
  expect(calls.map(({ service }) => service)).toEqual(['ratings'])
})

test('may need fields of the interface, its own and those other subgraphs add', async () => {
  expect(await ask('{ feed { cover } best { cover } }')).toEqual({
    data: { feed: [{ cover: 'Faust, 4 stars' }, { cover: 'M, 5 stars' }], best: { cover: 'M, 5 stars' } },
  })
})
