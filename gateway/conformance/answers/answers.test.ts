import { describe, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const fail = (message: string, extensions?: Record<string, unknown>): never => {
  throw Object.assign(new Error(message), { extensions })
}

const subgraphs = {
  shop: {
    Query: {
      item: (_: unknown, { id }: { id?: string }) => ({ id: id ?? '1', size: 'SMALL', must: 'm', count: 2 }),
      items: () => [
        { id: '1', must: 'a' },
        { id: '2', must: 'b' },
      ],
      total: () => ({ cents: 5, text: 'a "quoted"\n\u2028 \ud83d\ude00' }),
      broken: () => fail('it broke', { code: 'CONFLICT', reason: 'STALE_VERSION' }),
    },
  },
  extras: {
    Item: {
      extra: ({ id }: { id: string }) => (id === '2' ? fail('no extra') : `extra ${id}`),
      hint: ({ id }: { id: string }) => (id === '2' ? fail('no hint') : `hint ${id}`),
    },
  },
}

describe('the answer', () => {
  const { ask } = federateFolder(import.meta.dirname, subgraphs)

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

  test('refuses variables that do not fit', async () => {
    expect(await ask('query ($n: Int!) { first(n: $n) { id } }', { n: 'one' })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })

  test('a name that looks like the first line of another document does not answer for it', async () => {
    const { engine } = federateFolder(import.meta.dirname, subgraphs)
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
})
