import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

const book = { __typename: 'Book', id: 'b1', title: 'Faust', pages: 100 }
const film = { __typename: 'Film', id: 'f1', title: 'M', minutes: 117 }

const media = {
  typeDefs: `type Query { feed: [Media!]! search: [Hit] }
    interface Media @key(fields: "id") { id: ID! title: String }
    type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
    type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }
    union Hit = Book | Film`,
  resolvers: {
    Query: { feed: () => [book, film], search: () => [film, null] },
    Media: { __resolveReference: ({ id }: { id: string }) => (id === 'b1' ? book : film) },
    Book: { __resolveReference: () => book },
    Film: { __resolveReference: () => film },
  },
}

const ratings = {
  typeDefs: `type Query { best: Media }
    type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }`,
  resolvers: {
    Query: { best: () => ({ id: 'f1', stars: 5 }) },
    Media: { stars: ({ id }: { id: string }) => (id === 'f1' ? 5 : 4) },
  },
}

describe('abstract types', () => {
  test('select by concrete type through interfaces and unions', async () => {
    const { ask } = federate({ media })
    expect(
      await ask(
        '{ feed { __typename title ... on Book { pages } ... on Film { length: minutes } } search { ... on Film { title } } }',
      ),
    ).toEqual({
      data: {
        feed: [
          { __typename: 'Book', title: 'Faust', pages: 100 },
          { __typename: 'Film', title: 'M', length: 117 },
        ],
        search: [{ title: 'M' }, null],
      },
    })
  })

  test('one response name for fields of different types on different objects', async () => {
    const { ask } = federate({ media, ratings })
    expect(await ask('{ feed { ... on Book { size: pages } ... on Film { size: minutes stars } } }')).toEqual({
      data: { feed: [{ size: 100 }, { size: 117, stars: 5 }] },
    })
  })

  test('@interfaceObject adds a field to every implementation', async () => {
    const { ask } = federate({ media, ratings })
    expect(await ask('{ feed { title stars } }')).toEqual({
      data: {
        feed: [
          { title: 'Faust', stars: 4 },
          { title: 'M', stars: 5 },
        ],
      },
    })
  })

  test('@interfaceObject learns the concrete type where it is asked for', async () => {
    const { ask } = federate({ media, ratings })
    expect(await ask('{ best { __typename id stars ... on Film { minutes } } }')).toEqual({
      data: { best: { __typename: 'Film', id: 'f1', stars: 5, minutes: 117 } },
    })
  })
})
