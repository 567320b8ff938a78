import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const item = { id: '1', number: 7, weight: 4 }

const { ask, calls } = federateFolder(import.meta.dirname, {
  items: {
    Query: {
      item: () => item,
      sizes: () => ['SMALL', 'HIDDEN', 'LARGE'],
      found: () => [
        { __typename: 'Draft', text: 'not yet' },
        { __typename: 'Item', ...item },
      ],
    },
    Item: { __resolveReference: () => item },
  },
  post: { Item: { postage: ({ weight }: { weight: number }) => weight * 2 } },
})

test('what clients must not see still serves as key and requirement', async () => {
  expect(await ask('{ item { postage } }')).toEqual({ data: { item: { postage: 8 } } })
  expect(calls.at(-1)?.variables.representations).toEqual([{ __typename: 'Item', number: 7, weight: 4 }])
})

test.each([
  ['field', '{ item { weight } }'],
  ['key', '{ item { number } }'],
  ['root field', '{ hidden }'],
  ['argument', '{ item(secret: 1) { id } }'],
  ['field of an input', '{ item(filter: { secret: 1 }) { id } }'],
  ['type', '{ found { ... on Draft { text } } }'],
])('a client cannot ask for an inaccessible %s', async (_, query) => {
  const asked = calls.length
  expect(await ask(query)).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
  expect(calls).toHaveLength(asked)
})

test('a client cannot send an inaccessible field in a variable either', async () => {
  const query = 'query ($filter: Filter) { item(filter: $filter) { id } }'
  expect(await ask(query, { filter: { name: 'x' } })).toEqual({ data: { item: { id: '1' } } })
  expect(await ask(query, { filter: { secret: 1 } })).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

test('an inaccessible value of an enum is null to a client, with an error', async () => {
  expect(await ask('{ sizes }')).toMatchObject({
    data: { sizes: ['SMALL', null, 'LARGE'] },
    errors: [{ path: ['sizes', 1], extensions: { code: 'INTERNAL', reason: 'INVALID_SUBGRAPH_ANSWER' } }],
  })
})

test('an object of an inaccessible type is null to a client, and its name is not told', async () => {
  const answer = await ask('{ found { __typename ... on Item { id } } }')
  expect(answer).toMatchObject({ data: { found: [null, { __typename: 'Item', id: '1' }] } })
  expect(JSON.stringify(answer)).not.toContain('Draft')
})
