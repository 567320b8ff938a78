import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

const notes = ['a', 'b', 'c', 'd'].map((id) => ({ id, writer: `writer of ${id}` }))
let published = 0

const blog = {
  typeDefs: `
    type Query { posts: [Post] }
    type Mutation { publish: Post }
    type Post @key(fields: "id") { id: ID! notes(limit: Int!): [Note] }
    type Note @key(fields: "id") { id: ID! writer: String }`,
  resolvers: {
    Query: { posts: () => [{ id: 'p1' }] },
    Mutation: {
      publish: () => {
        published += 1
        return { id: 'p1' }
      },
    },
    Post: { notes: (_: unknown, { limit }: { limit: number }) => notes.slice(0, limit) },
  },
}

const people = {
  typeDefs: `
    type Post @key(fields: "id") {
      id: ID!
      notes(limit: Int!): [Note] @external
      lastOfThree: String @requires(fields: "notes(limit: 3) { writer }")
      lastOfTwo: String @requires(fields: "notes(limit: 2) { writer }")
    }
    type Note @key(fields: "id") { id: ID! writer: String @external }`,
  resolvers: {
    Post: {
      lastOfThree: (post: { notes: { writer: string }[] }) => post.notes[2]?.writer,
      lastOfTwo: (post: { notes: { writer: string }[] }) => `${post.notes.length}: ${post.notes[1]?.writer}`,
    },
  },
}

describe('@requires of a list with arguments', () => {
  const { ask } = federate({ blog, people })

  test('gets its own list, whatever list the client asks for by the same name', async () => {
    const query =
      'query ($limit: Int = 1) { posts { ...A ...B } } fragment A on Post { notes(limit: $limit) { id } } fragment B on Post { lastOfThree notes(limit: $limit) { id } }'
    expect(await ask(query)).toEqual({ data: { posts: [{ notes: [{ id: 'a' }], lastOfThree: 'writer of c' }] } })
  })

  test('is asked for apart where two requirements contradict each other', async () => {
    expect(await ask('{ posts { lastOfThree lastOfTwo notes(limit: 4) { id } } }')).toEqual({
      data: {
        posts: [
          {
            lastOfThree: 'writer of c',
            lastOfTwo: '2: writer of b',
            notes: [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }],
          },
        ],
      },
    })
  })

  test('does not send a mutation twice', async () => {
    expect(await ask('mutation { publish { lastOfTwo lastOfThree } }')).toEqual({
      data: { publish: { lastOfTwo: '2: writer of b', lastOfThree: 'writer of c' } },
    })
    expect(published).toBe(1)
  })
})
