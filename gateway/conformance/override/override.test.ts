import { describe, expect, test } from 'vitest'
import { createEngine, openPlannerHere } from '../../engine/index.ts'
import { federate } from '../federation.ts'

const people = {
  typeDefs: `type Query { person: Person } type Person @key(fields: "id") { id: ID! name: String @shareable }`,
  resolvers: {
    Query: { person: () => ({ id: '1', name: 'Ada' }) },
    Person: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'Ada' }) },
  },
}

test('@provides spares the second fetch, for that path alone', async () => {
  const { ask, calls } = federate({
    people,
    reviews: {
      typeDefs: `type Query { review: Review unnamed: Review }
        type Review { author: Person @provides(fields: "name") subject: Person }
        type Person @key(fields: "id") { id: ID! name: String @external }`,
      resolvers: {
        Query: { review: () => ({ author: { id: '1', name: 'Ada' }, subject: { id: '1' } }) },
      },
    },
  })
  expect(await ask('{ review { author { name } } }')).toEqual({ data: { review: { author: { name: 'Ada' } } } })
  expect(calls.map(({ service }) => service)).toEqual(['reviews'])
  await ask('{ review { subject { name } } }')
  expect(calls.map(({ service }) => service)).toEqual(['reviews', 'reviews', 'people'])
})

test('@shareable takes a field from whoever is asked anyway', async () => {
  const { ask, calls } = federate({
    people,
    badges: {
      typeDefs: `type Query { badge: Badge } type Badge { holder: Person }
        type Person @key(fields: "id") { id: ID! name: String @shareable }`,
      resolvers: { Query: { badge: () => ({ holder: { id: '1', name: 'Ada' } }) } },
    },
  })
  expect(await ask('{ badge { holder { name } } }')).toEqual({ data: { badge: { holder: { name: 'Ada' } } } })
  expect(calls).toHaveLength(1)
})

describe('@override', () => {
  const salary = (override: string) => ({
    old: {
      typeDefs: `type Query { employee: Employee } type Employee @key(fields: "id") { id: ID! grade: String }`,
      resolvers: { Query: { employee: () => ({ id: '1', grade: 'old' }) } },
    },
    fresh: {
      typeDefs: `type Employee @key(fields: "id") { id: ID! grade: String @override(from: "old"${override}) }`,
      resolvers: { Employee: { grade: () => 'fresh' } },
    },
  })

  test('moves a field', async () => {
    expect(await federate(salary('')).ask('{ employee { grade } }')).toEqual({ data: { employee: { grade: 'fresh' } } })
  })

  test('moves a field where its label is on', async () => {
    const { engine } = federate(salary(', label: "percent(0)"'))
    const query = '{ employee { grade } }'
    const off = await engine.execute({ query, context: undefined })
    const on = await engine.execute({ query, context: undefined, overrides: ['percent(0)'] })
    expect([off.body, on.body].map((body) => JSON.parse(body).data.employee.grade)).toEqual(['old', 'fresh'])
  })
})

test('@override moves a field for the labels that are on, and for as many of a hundred as it says', async () => {
  const item = (resolve: string) => ({
    Query: { item: () => ({ id: '1' }) },
    Item: { __resolveReference: () => ({ id: '1' }), a: () => resolve, b: () => resolve, c: () => resolve },
  })
  const { supergraphSdl, transport } = federate({
    old: {
      typeDefs: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! a: String b: String c: String }',
      resolvers: item('old'),
    },
    fresh: {
      typeDefs: `type Item @key(fields: "id") { id: ID!
        a: String @override(from: "old", label: "trial")
        b: String @override(from: "old", label: "percent(30)")
        c: String @override(from: "old", label: "elsewhere") }`,
      resolvers: { Item: item('fresh').Item },
    },
  })
  const planner = openPlannerHere(supergraphSdl)
  const engine = createEngine<number>({ planner, transport, overrides: { on: ['trial'], draw: (number) => number } })
  const answers = [0, 29.9, 30, 99.9].map((context) => engine.execute({ query: '{ item { a b c } }', context }))
  const items = (await Promise.all(answers)).map(({ body }) => Object.values(JSON.parse(body).data.item).join(' '))
  expect(items).toEqual(['fresh fresh old', 'fresh fresh old', 'fresh old old', 'fresh old old'])
})

test('@inaccessible hides a field from clients, not from requirements', async () => {
  const { ask } = federate({
    a: {
      typeDefs: `type Query { item: Item } type Item @key(fields: "id") { id: ID! weight: Int @inaccessible }`,
      resolvers: {
        Query: { item: () => ({ id: '1', weight: 4 }) },
        Item: { __resolveReference: () => ({ id: '1', weight: 4 }) },
      },
    },
    b: {
      typeDefs: `type Item @key(fields: "id") { id: ID! weight: Int @external postage: Int @requires(fields: "weight") }`,
      resolvers: { Item: { postage: ({ weight }: { weight: number }) => weight * 2 } },
    },
  })
  expect(await ask('{ item { postage } }')).toEqual({ data: { item: { postage: 8 } } })
  expect(await ask('{ item { weight } }')).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  })
})

test('@tag changes nothing', async () => {
  const { ask } = federate({
    a: { typeDefs: 'type Query { one: Int @tag(name: "internal") }', resolvers: { Query: { one: () => 1 } } },
  })
  expect(await ask('{ one }')).toEqual({ data: { one: 1 } })
})

describe('@context', () => {
  const { ask, calls } = federate({
    shops: {
      typeDefs: `type Query { shops: [Shop!]! }
        type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String! offers: [Offer!]! }
        type Offer @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$shop { currency }")): String }`,
      resolvers: {
        Query: {
          shops: () => [
            { id: 's1', currency: 'EUR', offers: [{ id: 'o1' }, { id: 'o2' }] },
            { id: 's2', currency: 'USD', offers: [{ id: 'o1' }] },
          ],
        },
        Shop: { __resolveReference: (key: object) => key },
        Offer: {
          __resolveReference: (key: object) => key,
          price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
        },
      },
    },
    stock: { typeDefs: 'type Offer @key(fields: "id") { id: ID! left: Int }', resolvers: { Offer: { left: () => 3 } } },
  })

  test('gives an argument the value of the ancestor above each place', async () => {
    expect(await ask('{ shops { offers { price left } } }')).toEqual({
      data: {
        shops: [
          {
            offers: [
              { price: 'o1 in EUR', left: 3 },
              { price: 'o2 in EUR', left: 3 },
            ],
          },
          { offers: [{ price: 'o1 in USD', left: 3 }] },
        ],
      },
    })
    expect(calls.length).toBeGreaterThan(1)
  })
})
