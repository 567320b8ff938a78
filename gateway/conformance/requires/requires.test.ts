import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

const products = [
  { upc: 'p1', name: 'chair', weight: 3, price: 10 },
  { upc: 'p2', name: 'table', weight: 20, price: 100 },
]

const catalogue = {
  typeDefs: `
    type Query { products: [Product] }
    type Product @key(fields: "upc") {
      upc: String!
      name: String
      weight: Int
      price(currency: String!): Int
    }`,
  resolvers: {
    Query: { products: () => products },
    Product: {
      __resolveReference: ({ upc }: { upc: string }) => products.find((product) => product.upc === upc),
      price: ({ price }: { price: number }, { currency }: { currency: string }) =>
        currency === 'EUR' ? price * 2 : price,
    },
  },
}

describe('@requires', () => {
  test('hands a subgraph the fields it needs of another', async () => {
    const { ask } = federate({
      catalogue,
      shipping: {
        typeDefs: `
          type Product @key(fields: "upc") {
            upc: String!
            weight: Int @external
            shippingCents: Int @requires(fields: "weight")
          }`,
        resolvers: { Product: { shippingCents: ({ weight }: { weight: number }) => weight * 7 } },
      },
    })
    expect(await ask('{ products { name shippingCents } }')).toEqual({
      data: {
        products: [
          { name: 'chair', shippingCents: 21 },
          { name: 'table', shippingCents: 140 },
        ],
      },
    })
  })

  const pricing = {
    typeDefs: `
      type Product @key(fields: "upc") {
        upc: String!
        price(currency: String!): Int @external
        dutyUsd: Int @requires(fields: "price(currency: \\"USD\\")")
        dutyEur: Int @requires(fields: "price(currency: \\"EUR\\")")
      }`,
    resolvers: {
      Product: {
        dutyUsd: ({ price }: { price: number }) => price / 10,
        dutyEur: ({ price }: { price: number }) => price / 10,
      },
    },
  }

  test('keeps two requirements of one field with different arguments apart', async () => {
    const { ask } = federate({ catalogue, pricing })
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
    const { ask } = federate({ catalogue, pricing })
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
    const { ask } = federate({ catalogue, pricing })
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

describe('@requires of a field that is asked for by @skip or @include', () => {
  const { ask, calls } = federate({
    shop: {
      typeDefs: `
        type Query { goods: [Good] }
        interface Good { id: ID! }
        type Book implements Good @key(fields: "id") { id: ID! weight(unit: String): String }
        type Film implements Good @key(fields: "id") { id: ID! weight(unit: String): String }`,
      resolvers: {
        Query: {
          goods: () => [
            { __typename: 'Book', id: 'b' },
            { __typename: 'Film', id: 'f' },
          ],
        },
        Book: { weight: (_: unknown, { unit }: { unit: string }) => `3 ${unit}` },
        Film: { weight: (_: unknown, { unit }: { unit: string }) => `4 ${unit}` },
      },
    },
    post: {
      typeDefs: `
        type Book @key(fields: "id") {
          id: ID! weight(unit: String): String @external rank: Int
          fee: String @requires(fields: "weight(unit: \\"kg\\")") }
        type Film @key(fields: "id") {
          id: ID! weight(unit: String): String @external fee: String @requires(fields: "weight(unit: \\"g\\")") }`,
      resolvers: {
        Book: { rank: () => 1, fee: ({ weight }: { weight: string }) => `fee for ${weight}` },
        Film: { fee: ({ weight }: { weight: string }) => `fee for ${weight}` },
      },
    },
  })

  test('does not keep the other fields of its subgraph from being answered', async () => {
    const query = 'query ($fee: Boolean!) { goods { ... on Book { rank fee @include(if: $fee) } } }'
    expect(await ask(query, { fee: false })).toEqual({ data: { goods: [{ rank: 1 }, {}] } })
    expect(calls.at(-1)?.variables.representations).toEqual([{ __typename: 'Book', id: 'b' }])
    expect(await ask(query, { fee: true })).toEqual({ data: { goods: [{ rank: 1, fee: 'fee for 3 kg' }, {}] } })
  })

  test('is asked for apart from a contradicting one, each with the variables it uses', async () => {
    const query = 'query ($no: Boolean!) { goods { ... on Film { fee } ... on Book { fee @skip(if: $no) } } }'
    const goods = (no: boolean) => [no ? {} : { fee: 'fee for 3 kg' }, { fee: 'fee for 4 g' }]
    for (const no of [true, false]) expect(await ask(query, { no })).toEqual({ data: { goods: goods(no) } })
  })
})
