import { getOperationAST, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { composeSubgraphs } from '../compose.ts'
import { costModel } from './cost.ts'
import { supergraphRules } from './supergraphRules.ts'

const shop = `extend schema @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@key", { name: "@cost", as: "@price" }, "@listSize"]
  )
  type Query {
    me: Person
    people(first: Int = 20, after: String): PersonConnection!
    newest(first: Int, last: Int): [Person!]!
    everyone: [Person!]!
    assumed: [Person!]! @listSize(assumedSize: 3)
    sliced(count: Int, other: Int): [Person!]! @listSize(slicingArguments: ["count", "other"])
    relaxed(count: Int): [Person!]! @listSize(slicingArguments: ["count"], assumedSize: 7, requireOneSlicingArgument: false)
    found(limit: Int!): Found! @listSize(slicingArguments: ["limit"], sizedFields: ["items"])
    search(first: Int!): [Hit!]!
    dear: Int @price(weight: 50)
    filtered(by: Filter, boost: Int @price(weight: 6)): Person
  }
  type Mutation { rename(input: Filter!): Person }
  input Filter { name: String, near: Int @price(weight: 4), any: [Filter!] }
  type Found { total: Int!, items: [Person!]!, others: [Person!]! }
  type PersonConnection { edges: [PersonEdge!]!, totalCount: Int! }
  type PersonEdge { cursor: String!, node: Person }
  type Person @key(fields: "id") { id: ID!, name: String, portrait: Image, friends(first: Int!): [Person!]! }
  type Book { title: String, authors(first: Int!): [Person!]! }
  union Hit = Person | Book
  scalar Image @price(weight: 5)`

const model = costModel(supergraphRules(parse(composeSubgraphs([{ name: 'shop', sdl: shop, url: 'http://shop' }]))), {
  listSize: 10,
})

function price(query: string, variables?: Record<string, unknown>) {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  return model.price(document, operation, variables)
}

const estimate = (query: string, variables?: Record<string, unknown>) => price(query, variables).estimated

describe('an operation costs at most', () => {
  it('1 for each object, nothing for a leaf, and 10 for changing something', () => {
    expect(estimate('{ me { id name } }')).toBe(1)
    expect(estimate('{ __typename }')).toBe(0)
    expect(estimate('mutation { rename(input: {}) { id } }')).toBe(10 + 1 + 1)
  })

  it('what the contract says by @cost, under whatever name: of fields, types, arguments and inputs', () => {
    expect(estimate('{ dear }')).toBe(50)
    expect(estimate('{ me { portrait } }')).toBe(1 + 5)
    expect(estimate('{ filtered(boost: 1) { id } }')).toBe(1 + 6)
    expect(estimate('{ filtered(by: { near: 1, any: [{ near: 2 }, { name: "x" }] }) { id } }')).toBe(1 + 3 + 8)
    const by = { any: Array.from({ length: 1_000 }, () => ({})) }
    expect(estimate('query ($by: Filter) { filtered(by: $by) { id } }', { by })).toBe(1 + 1_001)
  })

  it('its lists at the length their first allows, page by page of a connection too', () => {
    expect(estimate('{ newest(first: 7) { id } }')).toBe(7)
    expect(estimate('query ($n: Int) { newest(last: $n) { id } }', { n: 8 })).toBe(8)
    expect(estimate('query ($n: Int = 9) { newest(last: $n) { id } }')).toBe(9)
    expect(estimate('{ people(first: 5) { totalCount edges { cursor node { id } } } }')).toBe(1 + 5 * 2)
    expect(estimate('{ people { edges { cursor } } }')).toBe(1 + 20)
    expect(estimate('{ everyone { id } }')).toBe(10)
  })

  it('its lists at the length @listSize tells', () => {
    expect(estimate('{ assumed { id } }')).toBe(3)
    expect(estimate('{ sliced(count: 4, other: 6) { id } }')).toBe(6)
    expect(estimate('{ relaxed { id } }')).toBe(7)
    expect(estimate('{ found(limit: 30) { total items { id } others { id } } }')).toBe(1 + 30 + 10)
    expect(price('{ sliced { id } }').unbounded).toEqual({ field: 'Query.sliced', by: ['count', 'other'] })
    expect(price('{ relaxed { id } }').unbounded).toBeUndefined()
  })

  it('of a union or interface, its dearest type', () => {
    const hits = '{ search(first: 2) { ... on Person { portrait } ... on Book { authors(first: 3) { id } } } }'
    expect(estimate(hits)).toBe(2 * (1 + 5))
    expect(estimate(hits.replace('3', '9'))).toBe(2 * (1 + 9))
  })

  it('what is not left out by @skip and @include', () => {
    const query =
      'query ($yes: Boolean!) { dear @skip(if: $yes) me @include(if: $yes) { id } ... @skip(if: true) { d: dear } }'
    expect([estimate(query, { yes: true }), estimate(query, { yes: false })]).toEqual([1, 50])
  })

  it('once for what is selected twice under one name, as it is answered once', () => {
    expect(estimate('{ me { id } ...F me { friends(first: 4) { id } } } fragment F on Query { me { name } }')).toBe(5)
  })

  it('what it costs in full, however it is hidden in fragments, and is priced in no more time than its length', () => {
    expect(
      estimate('{ me { ...F } } fragment F on Person { friends(first: 100) { friends(first: 100) { id } } }'),
    ).toBe(1 + 100 + 10_000)
    const levels = Array.from({ length: 18 }, (_, n) => {
      const next = n === 17 ? 'id' : `...F${n + 1}`
      return `fragment F${n} on Person { a: friends(first: 2) { ${next} } b: friends(first: 2) { ${next} } }`
    })
    expect(estimate(`{ me { ...F0 } } ${levels.join(' ')}`)).toBe((4 ** 19 - 1) / 3)
    const flat = Array.from(
      { length: 60 },
      (_, n) => `fragment G${n} on Person { ...G${n + 1} ... on Person @include(if: $x) { ...G${n + 1} } }`,
    )
    expect(
      estimate(`query ($x: Boolean!) { me { ...G0 } } ${flat.join(' ')} fragment G60 on Person { portrait }`),
    ).toBe(6)
  })

  it('nothing for what validation will refuse', () => {
    expect(estimate('{ nothing { at { all } } me { ...Missing ...Self } } fragment Self on Person { ...Self }')).toBe(1)
  })
})

describe('an answer has cost', () => {
  it('what it holds, not what it might have held', () => {
    const { estimated, actual } = price('{ people(first: 50) { edges { node { id portrait } } } }')
    const edges = [{ node: { id: '1', portrait: 'x' } }, { node: { id: '2', portrait: null } }, { node: null }]
    expect(estimated).toBe(1 + 50 * (1 + 1 + 5))
    expect(actual({ people: { edges } })).toBe(1 + 3 + 2 + 5)
    expect(actual({ people: null })).toBe(0)
    expect(actual(null)).toBe(0)
  })

  it('more than was estimated where a list did not keep to its bound', () => {
    const { estimated, actual } = price('{ newest(first: 0) { id } }')
    expect(estimated).toBe(0)
    expect(actual({ newest: Array.from({ length: 500 }, () => ({ id: '1' })) })).toBe(500)
  })

  it('by the type of each object, or what it holds where the type is not told', () => {
    const { actual } = price(
      '{ search(first: 9) { ... on Person { portrait } ... on Book { portrait: authors(first: 3) { id } } } }',
    )
    const [person, book] = [{ portrait: 'x' }, { portrait: [{ id: '1' }] }]
    expect(
      actual({
        search: [
          { __typename: 'Person', ...person },
          { __typename: 'Book', ...book },
        ],
      }),
    ).toBe(1 + 5 + 1 + 1)
    expect(actual({ search: [{}] })).toBe(1)
  })

  it('under the names an executor has given', () => {
    const { actual } = price('{ you: me { id } }')
    expect(actual({ q0_you: { id: 1 } }, (object, key) => object[`q0_${key}`])).toBe(1)
  })
})
