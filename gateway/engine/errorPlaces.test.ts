import { describe, expect, test } from 'vitest'
import { federate } from '../conformance/federation.ts'
import { createEngine, openPlannerHere } from './index.ts'
import { SubgraphFailure } from './run.ts'

type Row = Record<string, unknown>
const owner = (id: string) => ({ __typename: 'Owner', id })

const shop = {
  typeDefs: `
    type Query { things: [Thing!]! sizes: [Sized!]! }
    interface Thing { id: ID! }
    type Book implements Thing @key(fields: "id") { id: ID! owner: Owner size: Int! @shareable }
    type Film implements Thing @key(fields: "id") { id: ID! owner: Owner seller: Owner size: Int }
    union Sized = Book | Film
    type Owner @key(fields: "id") { id: ID! }`,
  resolvers: {
    Query: {
      things: () => [
        { __typename: 'Book', id: 'b1', owner: owner('o1') },
        { __typename: 'Film', id: 'f1', owner: owner('o2'), seller: owner('o3') },
      ],
      sizes: () => [
        { __typename: 'Film', id: 'f1' },
        { __typename: 'Book', id: 'b1', size: 12 },
      ],
    },
    Film: {
      size: () => {
        throw new Error('nobody has measured it')
      },
    },
  },
}

const people = {
  typeDefs: `type Owner @key(fields: "id") { id: ID! name: String code: Int! rank: Int }`,
  resolvers: {
    Owner: {
      name: ({ id }: Row) => {
        throw new Error(`${id} has no name`)
      },
      code: ({ id }: Row) => {
        throw new Error(`${id} has no code`)
      },
      rank: () => 1,
    },
  },
}

const reports = {
  typeDefs: `
    type Film @key(fields: "id") { id: ID! owner: Owner @external
      report: String @requires(fields: "owner { name }") }
    type Book @key(fields: "id") { id: ID! size: Int @shareable }
    type Owner @key(fields: "id") { id: ID! name: String @external }`,
  resolvers: { Film: { report: ({ owner: by }: Row) => `by ${(by as Row | null)?.name}` } },
}

const { ask } = federate({ shop, people, reports })

async function errorsOf(query: string, variables?: Row) {
  const { errors = [] } = (await ask(query, variables)) as { errors?: { message: string; path?: unknown }[] }
  return errors.map(({ message, path }) => ({ message, path }))
}

describe('an error is told', () => {
  test('at the objects of the type that was asked for the field, though others stand at its place', async () => {
    const query = '{ things { ... on Book { owner { name } } ... on Film { owner { __typename id } } } }'
    expect(await errorsOf(query)).toEqual([{ message: 'o1 has no name', path: ['things', 0, 'owner', 'name'] }])
    const renamed = '{ things { ... on Book { owner { name } } ... on Film { owner: seller { __typename id } } } }'
    expect(await errorsOf(renamed)).toEqual([{ message: 'o1 has no name', path: ['things', 0, 'owner', 'name'] }])
  })

  test('above what only the plan needed, where something asked for depends on it', async () => {
    const query = '{ things { ... on Book { owner { rank } } ... on Film { report } } }'
    expect(await ask(query)).toMatchObject({ data: { things: [{ owner: { rank: 1 } }, { report: 'by null' }] } })
    const above = [{ message: 'o2 has no name', path: ['things', 1] }]
    expect(await errorsOf(query)).toEqual(above)
    const conditional = 'query ($no: Boolean!) { things { ... on Film { report owner @include(if: $no) { name } } } }'
    expect(await errorsOf(conditional, { no: false })).toEqual(above)
  })

  test('above what a field takes from an object over its own, though nobody asked for that', async () => {
    const market = federate({
      shops: {
        typeDefs: `
          type Query { shops: [Shop!]! }
          type Shop @key(fields: "id") @context(name: "seller") { id: ID! currency: String offers: [Offer!]! }
          type Offer @key(fields: "id") {
            id: ID!
            price(currency: String @fromContext(field: "$seller { currency }")): String
          }`,
        resolvers: {
          Query: { shops: () => [{ id: 's1', offers: [{ id: 'o1' }] }] },
          Shop: {
            currency: () => {
              throw new Error('nobody knows the currency')
            },
          },
          Offer: { price: (_: unknown, { currency }: Row) => `5 ${currency}` },
        },
      },
    })
    expect(await market.ask('{ shops { offers { price } } }')).toMatchObject({
      data: { shops: [{ offers: [{ price: '5 null' }] }] },
      errors: [{ message: 'nobody knows the currency', path: ['shops', 0] }],
    })
  })

  test('wherever it takes away what was asked for, and no deeper than that was', async () => {
    const query = '{ things { ... on Book { owner { code } } ... on Film { owner { rank } } } }'
    expect(await errorsOf(query)).toEqual([
      { message: 'o1 has no code', path: ['things', 0, 'owner', 'code'] },
      { message: 'o2 has no code', path: ['things', 1, 'owner'] },
    ])
  })

  test('once, at a place that was asked, where it is about a whole fetch', async () => {
    const { supergraphSdl, transport } = federate({ shop, people })
    const engine = createEngine<undefined>({
      planner: openPlannerHere(supergraphSdl),
      transport: {
        ...transport,
        send: (call) =>
          call.service === 'people'
            ? Promise.reject(new SubgraphFailure('SUBGRAPH_UNREACHABLE', 'people is away'))
            : transport.send(call),
      },
    })
    const query = '{ things { ... on Film { owner { rank } } ... on Book { owner { __typename id } } } }'
    const { errors } = await engine.execute({ query, context: undefined })
    expect(errors.map(({ message, path }) => ({ message, path }))).toEqual([
      { message: 'people is away', path: ['things', 1, 'owner'] },
    ])
  })

  test('by the names of the client, where the plan had to find others', async () => {
    expect(await errorsOf('{ sizes { ... on Book { size } ... on Film { size } } }')).toEqual([
      { message: 'nobody has measured it', path: ['sizes', 0, 'size'] },
    ])
  })
})
