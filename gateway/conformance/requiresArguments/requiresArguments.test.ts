import { describe, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const products = [
  { upc: 'p1', name: 'chair', weight: 3, price: 10 },
  { upc: 'p2', name: 'table', weight: 20, price: 100 },
]
const tenth = ({ price }: { price: number }) => price / 10

describe('@requires of a field with arguments', () => {
  const { ask } = federateFolder(import.meta.dirname, {
    catalogue: {
      Query: { products: () => products },
      Product: {
        __resolveReference: ({ upc }: { upc: string }) => products.find((product) => product.upc === upc),
        price: ({ price }: { price: number }, { currency }: { currency: string }) =>
          currency === 'EUR' ? price * 2 : price,
      },
    },
    pricing: { Product: { dutyUsd: tenth, dutyEur: tenth } },
  })

  test('keeps two requirements of one field with different arguments apart', async () => {
    expect(await ask('{ products { upc dutyUsd dutyEur } }')).toEqual({
      data: {
        products: [
          { upc: 'p1', dutyUsd: 1, dutyEur: 2 },
          { upc: 'p2', dutyUsd: 10, dutyEur: 20 },
        ],
      },
    })
  })

  test("keeps a required field's arguments apart from the client's own", async () => {
    expect(await ask('{ products { price(currency: "EUR") dutyUsd } }')).toEqual({
      data: {
        products: [
          { price: 20, dutyUsd: 1 },
          { price: 200, dutyUsd: 10 },
        ],
      },
    })
  })

  test('keeps a client alias that is named as a key apart from the key', async () => {
    expect(await ask('{ products { upc: name price: weight dutyUsd } }')).toEqual({
      data: {
        products: [
          { upc: 'chair', price: 3, dutyUsd: 1 },
          { upc: 'table', price: 20, dutyUsd: 10 },
        ],
      },
    })
  })
})

type Post = { notes: { writer: string }[] }

const notes = ['a', 'b', 'c', 'd'].map((id) => ({ id, writer: `writer of ${id}` }))
let published = 0

describe('@requires of a list with arguments', () => {
  const { ask } = federateFolder(import.meta.dirname, {
    blog: {
      Query: { posts: () => [{ id: 'p1' }] },
      Mutation: {
        publish: () => {
          published += 1
          return { id: 'p1' }
        },
      },
      Post: { notes: (_: unknown, { limit }: { limit: number }) => notes.slice(0, limit) },
    },
    people: {
      Post: {
        lastOfThree: (post: Post) => post.notes[2]?.writer,
        lastOfTwo: (post: Post) => `${post.notes.length}: ${post.notes[1]?.writer}`,
      },
    },
  })

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
