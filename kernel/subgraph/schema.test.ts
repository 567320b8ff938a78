import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphql } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyCommand } from '../command/index.ts'
import type { Context, SubgraphDefinition } from './definition.ts'
import { buildSchema } from './schema.ts'

const header = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@shareable", "@inaccessible", "@requiresScopes"])
  type Refusal @shareable { code: String! message: String! }`
const guarded = `${header}
  type Query { thing(id: ID!): Thing @requiresScopes(scopes: [["read"]]) }
  type Mutation { make(idempotencyKey: ID!, input: MakeInput!): MakeResult!
                  unmake(idempotencyKey: ID!, input: MakeInput!): MakeResult! @inaccessible }
  type Thing @key(fields: "id") @requiresScopes(scopes: [["read"]]) { id: ID! name: String!
    secret: String @requiresScopes(scopes: [["secret", "sworn"], ["root"]]) }
  input MakeInput { name: String! }
  union MakeResult = MakePayload | Refusal
  type MakePayload { thing: Thing! }`

const command = (name: string): AnyCommand<unknown> => ({
  name,
  scope: 'write',
  execute: async () => ({ payload: {}, changes: [] }),
})

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contract-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function build(sdl: string, commands = [command('make'), command('unmake')]) {
  const file = join(folder, 'schema.graphql')
  writeFileSync(file, sdl)
  const definition: SubgraphDefinition<unknown> = {
    name: 'things',
    schema: pathToFileURL(file),
    createClient: () => ({}),
    personal: {},
    commands,
    queries: { thing: (_: unknown, { id }: { id: string }, context: Context) => context.load('Thing', id) },
    entities: { Thing: async (_, ids) => ids.map((id) => ({ id, name: `thing ${id}`, secret: 'hidden' })) },
    fields: {},
  }
  return buildSchema(definition)
}

/** Asks as somebody with these scopes, without a server around the schema. */
async function ask(source: string, scopes: string[]) {
  const { schema } = build(guarded)
  const context = {
    identity: { scopes: new Set(scopes) },
    load: async (_: string, id: string) => ({ id, name: `thing ${id}`, secret: 'hidden' }),
    run: async () => ({ __typename: 'MakePayload', thing: { id: '7', version: 1 } }),
  }
  return graphql({ schema, source, contextValue: context })
}

describe('a contract', () => {
  test('starts with a command for each mutation, and with no other', () => {
    expect(() => build(guarded, [command('make')])).toThrow('no command stands behind unmake')
    expect(() => build(guarded, [command('make'), command('unmake'), command('other')])).toThrow(
      'no mutation is named other',
    )
  })

  test('knows what processes alone may send', () => {
    const { commandOf } = build(guarded)
    expect([commandOf('make').sagaOnly, commandOf('unmake').sagaOnly]).toEqual([false, true])
  })

  test('does not start with a root field or an entity that is open to everyone', () => {
    const rootless = guarded.replace(
      'thing(id: ID!): Thing @requiresScopes(scopes: [["read"]])',
      'thing(id: ID!): Thing',
    )
    expect(() => build(rootless)).toThrow('Query.thing is open to everyone')
    const typeless = guarded.replace('@key(fields: "id") @requiresScopes(scopes: [["read"]])', '@key(fields: "id")')
    expect(() => build(typeless)).toThrow('Thing.name is open to everyone')
  })

  test('answers whoever has the scope, and tells the others which one they lack', async () => {
    const allowed = await ask('{ thing(id: "1") { id name } }', ['read'])
    expect(allowed.data).toEqual({ thing: { id: '1', name: 'thing 1' } })
    const refused = await ask('{ thing(id: "1") { id } }', ['write'])
    expect(refused.errors?.[0]).toMatchObject({
      message: 'Query.thing needs the scope read',
      extensions: { code: 'FORBIDDEN' },
    })
  })

  test('takes every scope of one row, or those of another', async () => {
    const secret = (scopes: string[]) => ask('{ thing(id: "1") { secret } }', ['read', ...scopes])
    expect((await secret(['secret'])).data).toEqual({ thing: { secret: null } })
    expect((await secret(['secret', 'sworn'])).data).toEqual({ thing: { secret: 'hidden' } })
    expect((await secret(['root'])).data).toEqual({ thing: { secret: 'hidden' } })
  })

  test('guards an entity that another subgraph names', async () => {
    const source = '{ _entities(representations: [{ __typename: "Thing", id: "1" }]) { ... on Thing { name } } }'
    expect((await ask(source, ['read'])).data).toEqual({ _entities: [{ name: 'thing 1' }] })
    expect((await ask(source, [])).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  test.each([
    ['query', '{ thing(id: "a\\u0000b") { id } }', 'id: leave out the null character'],
    [
      'reference',
      '{ _entities(representations: [{ __typename: "Thing", id: "\\u0000" }]) { ... on Thing { id } } }',
      'representations[0].id: leave out the null character',
    ],
  ])('refuses a %s with a text that no row can hold', async (_, source, told) => {
    const { errors } = await ask(source, ['read'])
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining(told),
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })

  test('resolves an entity of a payload afresh from its reference', async () => {
    const source =
      'mutation { make(idempotencyKey: "k", input: { name: "n" }) { ... on MakePayload { thing { id name } } } }'
    expect((await ask(source, ['read', 'write'])).data).toEqual({ make: { thing: { id: '7', name: 'thing 7' } } })
  })
})
