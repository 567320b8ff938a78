import { readFileSync } from 'node:fs'
import {
  buildClientSchema,
  buildSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  shop: { Query: { item: (_: unknown, { id }: { id: string }) => ({ id }) } },
  stock: { Item: { left: () => 3 } },
})

const sorted = (schema: GraphQLSchema) => printSchema(lexicographicSortSchema(schema))

test('tells the schema clients see, of all subgraphs and of no federation, and asks none of them', async () => {
  const { data } = (await ask(getIntrospectionQuery({ specifiedByUrl: true }))) as { data: IntrospectionQuery }
  const seen = readFileSync(`${import.meta.dirname}/clientSchema.graphql`, 'utf8')
  expect(sorted(buildClientSchema(data))).toBe(sorted(buildSchema(seen)))
  expect(calls).toEqual([])
})

test('stands beside data in one operation, with variables', async () => {
  const query = `query ($name: String!, $id: ID!) {
    t: __type(name: $name) { kind name fields { name type { name } } }
    item(id: $id) { __typename left }
    __schema { mutationType { name } }
  }`
  expect(await ask(query, { name: 'Item', id: '7' })).toEqual({
    data: {
      t: {
        kind: 'OBJECT',
        name: 'Item',
        fields: [
          { name: 'id', type: { name: null } },
          { name: 'size', type: { name: 'Size' } },
          { name: 'left', type: { name: 'Int' } },
        ],
      },
      item: { __typename: 'Item', left: 3 },
      __schema: { mutationType: { name: 'Mutation' } },
    },
  })
})

test('knows no type that clients must not see, and none that is not there', async () => {
  for (const name of ['Internal', '_Entity', 'join__Graph', 'Nothing'])
    expect(await ask('query ($name: String!) { __type(name: $name) { name } }', { name })).toEqual({
      data: { __type: null },
    })
})

test('tells what is deprecated to whom asks for it', async () => {
  const names = (all: boolean) => `{ __type(name: "Query") { fields(includeDeprecated: ${all}) { name } } }`
  expect(JSON.stringify(await ask(names(true)))).toContain('all')
  expect(JSON.stringify(await ask(names(false)))).not.toContain('all')
})

test('the root has a typename that costs no call', async () => {
  calls.length = 0
  expect(await ask('{ a: __typename }')).toEqual({ data: { a: 'Query' } })
  expect(await ask('mutation { __typename }')).toEqual({ data: { __typename: 'Mutation' } })
  expect(calls).toEqual([])
})
