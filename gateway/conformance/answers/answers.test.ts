import { getIntrospectionQuery } from 'graphql'
import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

const fail = (message: string, extensions?: Record<string, unknown>): never => {
  throw Object.assign(new Error(message), { extensions })
}

const shop = {
  typeDefs: `
    scalar Money
    enum Size { SMALL LARGE HIDDEN @inaccessible }
    type Query { item(id: ID): Item items: [Item!] strict: [Item!]! sizes: [Size] total: Money broken: Int root: Query }
    type Mutation { add(n: Int!): Int! reset: Int }
    type Item @key(fields: "id") { id: ID! size: Size must: String! count: Int }`,
  resolvers: {
    Query: {
      item: (_: unknown, { id }: { id?: string }) => ({ id: id ?? '1', size: 'SMALL', must: 'm', count: 2 }),
      items: () => [
        { id: '1', must: 'a' },
        { id: '2', must: 'b' },
      ],
      strict: () => [{ id: '1', must: 'a' }],
      sizes: () => ['SMALL', 'HIDDEN', 'LARGE'],
      total: () => ({ cents: 5, text: 'a "quoted"\n\u2028 \ud83d\ude00' }),
      broken: () => fail('it broke', { code: 'CONFLICT', reason: 'STALE_VERSION' }),
      root: () => ({}),
    },
    Mutation: { add: (_: unknown, { n }: { n: number }) => (total += n), reset: () => (total = 0) },
  },
}
let total = 0

const extras = {
  typeDefs: 'type Item @key(fields: "id") { id: ID! extra: String! hint: String }',
  resolvers: {
    Item: {
      extra: ({ id }: { id: string }) => (id === '2' ? fail('no extra') : `extra ${id}`),
      hint: ({ id }: { id: string }) => (id === '2' ? fail('no hint') : `hint ${id}`),
    },
  },
}

describe('the answer', () => {
  const { ask } = federate({ shop, extras })

  test('carries aliases, fragments and the typename', async () => {
    const query = `{ a: item(id: "7") { ...F t: __typename } b: item { id } __typename } fragment F on Item { id k: count }`
    expect(await ask(query)).toEqual({
      data: { a: { id: '7', k: 2, t: 'Item' }, b: { id: '1' }, __typename: 'Query' },
    })
  })

  test('obeys @skip and @include, with defaults', async () => {
    const query = `query ($on: Boolean = true, $off: Boolean!) {
      item { id @skip(if: $on) count @include(if: $on) ... @include(if: $off) { size extra } must @skip(if: true) }
    }`
    expect(await ask(query, { off: false })).toEqual({ data: { item: { count: 2 } } })
    expect(await ask(query, { on: false, off: true })).toEqual({
      data: { item: { id: '1', size: 'SMALL', extra: 'extra 1' } },
    })
  })

  test('carries names that every object inherits', async () => {
    expect(await ask('{ constructor: item { toString: id __proto__: count } }')).toEqual({
      data: { constructor: JSON.parse('{"toString":"1","__proto__":2}') },
    })
  })

  test('keeps any value of a custom scalar', async () => {
    expect(await ask('{ total }')).toEqual({ data: { total: { cents: 5, text: 'a "quoted"\n\u2028 \ud83d\ude00' } } })
  })

  test('nulls an enum value clients must not see, and says so', async () => {
    expect(await ask('{ sizes }')).toMatchObject({
      data: { sizes: ['SMALL', null, 'LARGE'] },
      errors: [{ path: ['sizes', 1], extensions: { code: 'INTERNAL', reason: 'INVALID_SUBGRAPH_ANSWER' } }],
    })
  })

  test('carries a null up to the nearest field that may be null', async () => {
    expect(await ask('{ list: items { extra } }')).toMatchObject({
      data: { list: null },
      errors: [{ message: 'no extra', path: ['list', 1, 'extra'], extensions: { serviceName: 'extras' } }],
    })
  })

  test('gives partial data where one of several subgraphs fails', async () => {
    expect(await ask('{ items { must hint } }')).toMatchObject({
      data: {
        items: [
          { must: 'a', hint: 'hint 1' },
          { must: 'b', hint: null },
        ],
      },
      errors: [{ message: 'no hint', path: ['items', 1, 'hint'] }],
    })
  })

  test("keeps the code of a subgraph's error and names the subgraph", async () => {
    expect(await ask('{ x: broken }')).toMatchObject({
      data: { x: null },
      errors: [
        {
          message: 'it broke',
          path: ['x'],
          extensions: { code: 'CONFLICT', reason: 'STALE_VERSION', serviceName: 'shop' },
        },
      ],
    })
  })

  test('executes mutations in series', async () => {
    expect(await ask('mutation { a: add(n: 1) b: add(n: 2) reset c: add(n: 5) }')).toEqual({
      data: { a: 1, b: 3, reset: 0, c: 5 },
    })
  })

  test('refuses variables that do not fit', async () => {
    expect(await ask('mutation ($n: Int!) { add(n: $n) }', { n: 'one' })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })

  test('a name that looks like the first line of another document does not answer for it', async () => {
    const { engine } = federate({ shop, extras })
    const one = { query: '{ item { id } }', operationName: '# the shop', context: undefined }
    expect((await engine.execute(one)).refused).toBe(true)
    const other = await engine.execute({ query: '# the shop\n{ item { id } }', context: undefined })
    expect(JSON.parse(other.body)).toEqual({ data: { item: { id: '1' } } })
  })

  test('does not echo a document that cannot be read', async () => {
    const answer = JSON.stringify(await ask('{ secretWord( }'))
    expect(answer).toContain('GRAPHQL_PARSE_FAILED')
    expect(answer).not.toContain('secretWord')
  })

  test('tells the schema clients see', async () => {
    const answer = JSON.stringify(await ask(getIntrospectionQuery()))
    expect(answer).toContain('"Money"')
    expect(answer).not.toContain('HIDDEN')
    expect(answer).not.toContain('join__')
    expect(await ask('query ($n: String!) { t: __type(name: $n) { name } item { id } }', { n: 'Item' })).toEqual({
      data: { t: { name: 'Item' }, item: { id: '1' } },
    })
  })
})

test('a field no subgraph can answer is an error, not a silent null', async () => {
  const { ask } = federate({
    a: {
      typeDefs: `type Query { node: Node lone: Int } interface Node { id: ID! note: String }`,
      resolvers: { Query: { node: () => ({ id: 1 }), lone: () => 1 }, Node: { __resolveType: () => 'Nothing' } },
    },
    b: {
      typeDefs: `type Query { other: Thing } type Thing implements Node { id: ID! note: String } interface Node { id: ID! note: String }`,
      resolvers: { Query: { other: () => ({ id: 1, note: 'n' }) } },
    },
  })
  expect(await ask('{ lone node { note } }')).toMatchObject({ data: { lone: 1, node: null }, errors: [{}] })
})

test('directives composed for clients are accepted and kept from subgraphs', async () => {
  const module = (field: string) => ({
    typeDefs: `extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
      @link(url: "https://steinmetz.test/trace/v1.0", import: ["@trace"])
      @composeDirective(name: "@trace")
      directive @trace(level: Int = 1) on FIELD
      type Query { ${field}: String }`,
    resolvers: { Query: { [field]: () => field } },
  })
  const { ask, calls } = federate({ a: module('one'), b: module('two') })
  expect(await ask('{ one @trace two @trace(level: 2) }')).toEqual({ data: { one: 'one', two: 'two' } })
  expect(calls.map(({ query }) => query).join()).not.toContain('@trace')
})
