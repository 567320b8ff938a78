import { expect, test } from 'vitest'
import { federate } from '../conformance/federation.ts'

type Row = Record<string, unknown>

const { ask, calls } = federate({
  books: {
    typeDefs: `
      type Query { sold: [Book!]! lent: [Book!]! }
      type Book { author: Author }
      type Author @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { sold: () => ['1', '2', '1'], lent: () => ['2', '1', '2'] },
      Book: { author: (id: string) => ({ id }) },
    },
  },
  people: {
    typeDefs: 'type Author @key(fields: "id") { id: ID! friend: Author }',
    resolvers: { Author: { friend: ({ id }: Row) => ({ id: `friend-${id}` }) } },
  },
  ranks: {
    typeDefs: 'type Author @key(fields: "id") { id: ID! rank: String }',
    resolvers: { Author: { rank: ({ id }: Row) => `rank of ${id}` } },
  },
})

test('a fetch for several places takes away no object that another fetch is still to complete at one of them', async () => {
  const rank = (id: string) => ({ author: { rank: `rank of ${id}` } })
  const both = (id: string) => ({
    author: { friend: { id: `friend-${id}`, rank: `rank of friend-${id}` }, ...rank(id).author },
  })
  expect(await ask('{ sold { author { rank } } lent { author { friend { id rank } rank } } }')).toEqual({
    data: { sold: ['1', '2', '1'].map(rank), lent: ['2', '1', '2'].map(both) },
  })
  const [first] = calls.filter(({ service }) => service === 'ranks')
  expect(first?.variables.representations).toHaveLength(2)
})

test('a fetch takes away no object of a list that stands at the place of another fetch as well', async () => {
  const town = federate({
    people: {
      typeDefs: `
        type Query { one: Person! many: [Person!]! }
        type Person @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { one: () => ({ id: '1' }), many: () => [{ id: '3' }, { id: '1' }] } },
    },
    friends: {
      typeDefs:
        'type Person @key(fields: "id") { id: ID! friends: [Friend!]! } type Friend @key(fields: "id") { id: ID! }',
      resolvers: { Person: { friends: () => [{ id: 'x' }] } },
    },
    ranks: {
      typeDefs: 'type Friend @key(fields: "id") { id: ID! rank: String }',
      resolvers: { Friend: { rank: ({ id }: Row) => `rank of ${id}` } },
    },
    greetings: {
      typeDefs: 'type Friend @key(fields: "id") { id: ID! greeting: String }',
      resolvers: { Friend: { greeting: ({ id }: Row) => `dear ${id}` } },
    },
  })
  expect(await town.ask('{ one { friends { rank } } many { friends { greeting } } }')).toEqual({
    data: {
      one: { friends: [{ rank: 'rank of x' }] },
      many: [{ friends: [{ greeting: 'dear x' }] }, { friends: [{ greeting: 'dear x' }] }],
    },
  })
})
