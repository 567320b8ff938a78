import { describe, expect, test } from 'vitest'
import { federate } from '../federation.ts'

describe('@key', () => {
  test('enters a subgraph by whichever of several keys is at hand', async () => {
    const { ask } = federate({
      orders: {
        typeDefs: `type Query { order: Order } type Order @key(fields: "id") { id: ID! item: Item }
          type Item @key(fields: "sku") { sku: ID! }`,
        resolvers: { Query: { order: () => ({ id: 1, item: { sku: 's1' } }) } },
      },
      catalogue: {
        typeDefs: `type Item @key(fields: "sku") @key(fields: "ean") { sku: ID! ean: ID! }`,
        resolvers: { Item: { __resolveReference: ({ sku }: { sku: string }) => ({ sku, ean: `ean-${sku}` }) } },
      },
      prices: {
        typeDefs: `type Item @key(fields: "ean") { ean: ID! cents: Int }`,
        resolvers: { Item: { cents: ({ ean }: { ean: string }) => ean.length } },
      },
    })
    expect(await ask('{ order { item { cents } } }')).toEqual({ data: { order: { item: { cents: 6 } } } })
  })

  test('sends composite and nested keys whole', async () => {
    const { ask, calls } = federate({
      offices: {
        typeDefs: `type Query { desks: [Desk] }
          type Desk @key(fields: "number room { floor { level } name }") { number: Int! room: Room! }
          type Room { name: String! @shareable floor: Floor! @shareable }
          type Floor { level: Int! @shareable }`,
        resolvers: { Query: { desks: () => [{ number: 1, room: { name: 'blue', floor: { level: 2 } } }] } },
      },
      people: {
        typeDefs: `type Desk @key(fields: "number room { floor { level } name }") {
            number: Int! room: Room! sitter: String
          }
          type Room { name: String! @shareable floor: Floor! @shareable }
          type Floor { level: Int! @shareable }`,
        resolvers: { Desk: { sitter: (desk: { room: { name: string } }) => `${desk.room.name} one` } },
      },
    })
    expect(await ask('{ desks { sitter } }')).toEqual({ data: { desks: [{ sitter: 'blue one' }] } })
    expect(calls[1]?.variables.representations).toEqual([
      { __typename: 'Desk', number: 1, room: { floor: { level: 2 }, name: 'blue' } },
    ])
  })

  test('does not enter through a key the subgraph cannot resolve', async () => {
    const { ask } = federate({
      a: {
        typeDefs: `type A @key(fields: "id") @key(fields: "tag", resolvable: false) { id: ID! tag: ID! name: String! }`,
        resolvers: { A: { __resolveReference: ({ id }: { id: string }) => ({ id, tag: `t${id}`, name: `a${id}` }) } },
      },
      b: {
        typeDefs: `type Query { list: [A!]! }
          type A @key(fields: "id", resolvable: false) @key(fields: "id tag") {
            id: ID! tag: ID! name: String! @external shout: String! @requires(fields: "name")
          }`,
        resolvers: {
          Query: { list: () => [{ id: '1', tag: 't1' }] },
          A: {
            __resolveReference: (key: { tag?: string }) => {
              if (!key.tag) throw new Error('this key cannot be resolved')
              return key
            },
            shout: ({ name }: { name: string }) => name.toUpperCase(),
          },
        },
      },
    })
    expect(await ask('{ list { id name shout } }')).toEqual({ data: { list: [{ id: '1', name: 'a1', shout: 'A1' }] } })
  })

  test('passes null in a key that may be null', async () => {
    const { ask } = federate({
      a: {
        typeDefs: `type Query { parts: [Part] } type Part @key(fields: "code") { code: String }`,
        resolvers: { Query: { parts: () => [{ code: 'x' }, { code: null }, null] } },
      },
      b: {
        typeDefs: `type Part @key(fields: "code") { code: String label: String }`,
        resolvers: { Part: { label: ({ code }: { code: string | null }) => (code ? `part ${code}` : 'no code') } },
      },
    })
    expect(await ask('{ parts { label } }')).toEqual({
      data: { parts: [{ label: 'part x' }, { label: 'no code' }, null] },
    })
  })

  test('asks for an entity once however often it occurs, in lists of lists too', async () => {
    const { ask, calls } = federate({
      grid: {
        typeDefs: `type Query { rows: [[Cell!]!] } type Cell @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { rows: () => [[{ id: 'a' }, { id: 'b' }], [], [{ id: 'a' }]] } },
      },
      colours: {
        typeDefs: `type Cell @key(fields: "id") { id: ID! colour: String }`,
        resolvers: { Cell: { colour: ({ id }: { id: string }) => (id === 'a' ? 'red' : 'green') } },
      },
    })
    expect(await ask('{ rows { colour } }')).toEqual({
      data: { rows: [[{ colour: 'red' }, { colour: 'green' }], [], [{ colour: 'red' }]] },
    })
    expect(calls[1]?.variables.representations).toHaveLength(2)
  })

  test('keeps a number and a string of the same digits apart', async () => {
    const { ask } = federate({
      a: {
        typeDefs: `scalar Any type Query { things: [Thing] } type Thing @key(fields: "key") { key: Any }`,
        resolvers: { Query: { things: () => [{ key: 1 }, { key: '1' }] } },
      },
      b: {
        typeDefs: `scalar Any type Thing @key(fields: "key") { key: Any kind: String }`,
        resolvers: { Thing: { kind: ({ key }: { key: unknown }) => typeof key } },
      },
    })
    expect(await ask('{ things { kind } }')).toEqual({ data: { things: [{ kind: 'number' }, { kind: 'string' }] } })
  })
})
