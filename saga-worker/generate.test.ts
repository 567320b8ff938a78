import { describe, expect, it } from 'vitest'
import { commandClient } from './generate.ts'

const refusal = 'type Refusal { code: String! message: String! }'
const things = `
  type Mutation {
    "Opens a thing."
    openThing(idempotencyKey: ID!, input: OpenThingInput!): OpenThingResult! @inaccessible
    closeThing(idempotencyKey: ID!, input: CloseThingInput!, forwardKey: ID!): CloseThingResult!
  }
  input OpenThingInput { name: String! startsOn: Date cents: Cents! parts: [PartInput!]! size: Size! = SMALL }
  input PartInput { size: Size }
  input CloseThingInput { thingId: ID! }
  enum Size { SMALL LARGE }
  union OpenThingResult = OpenThingPayload | Refusal
  union CloseThingResult = Refusal | CloseThingPayload
  type OpenThingPayload { thing: Thing! notes: [Note!]! size: Size openedOn: Date }
  type CloseThingPayload { thingId: ID }
  type Thing { id: ID! version: Int! name: String! ownerId: ID owner: Thing history(first: ID): ID }
  type Note { text: String! }
  scalar Date scalar Cents
  ${refusal}`

describe('the client of all mutations', () => {
  const client = commandClient([{ name: 'lost-things', sdl: things }])

  it('makes a command of an input, as JSON carries it', () => {
    expect(client).toContain(`import type { Command } from '../engine/command.ts'`)
    expect(client).toContain(
      [
        'export const lostThings = {',
        '  /**',
        '   * Opens a thing.',
        '   */',
        `  openThing: (input: OpenThingInput): Command<OpenThingPayload> => ({ subgraph: 'lost-things', mutation: 'openThing', input }),`,
      ].join('\n'),
    )
    expect(client).toContain(
      [
        'export type OpenThingInput = {',
        '  name: string',
        '  startsOn?: string | null',
        '  cents: number | string',
        '  parts: readonly (PartInput)[]',
        `  size?: 'SMALL' | 'LARGE'`,
        '}',
        '',
        'export type PartInput = {',
        `  size?: 'SMALL' | 'LARGE' | null`,
        '}',
      ].join('\n'),
    )
  })

  it('types the answer as what its document asks for: plain fields, and of objects the ids', () => {
    expect(client).toContain(
      [
        'export type OpenThingPayload = {',
        '  thing: { id: string; version: number; ownerId: string | null }',
        `  size: 'SMALL' | 'LARGE' | null`,
        '  openedOn: string | null',
        '}',
      ].join('\n'),
    )
    expect(client).toContain(
      `'lost-things.openThing': \`mutation openThing($idempotencyKey: ID!, $input: OpenThingInput!) ` +
        `{ openThing(idempotencyKey: $idempotencyKey, input: $input) { __typename ... on Refusal { code message } ` +
        `... on OpenThingPayload { thing { id version ownerId } size openedOn } } }\``,
    )
  })

  it('passes the key of the undone command to a compensation', () => {
    expect(client).toContain(
      '($idempotencyKey: ID!, $input: CloseThingInput!, $forwardKey: ID!) ' +
        '{ closeThing(idempotencyKey: $idempotencyKey, input: $input, forwardKey: $forwardKey)',
    )
  })

  it('cannot be made of a mutation without key or input, or whose result is no payload or refusal', () => {
    const mutation = (field: string) => [{ name: 'x', sdl: `type Mutation { ${field} } type P { id: ID } ${refusal}` }]
    expect(() => commandClient(mutation('go(input: I!): P'))).toThrow('go must take idempotencyKey and input')
    expect(() => commandClient(mutation('go(idempotencyKey: ID!, input: I!): P'))).toThrow('union of one payload')
  })

  it('cannot be made of two types of one name', () => {
    const other = { name: 'other', sdl: things.replace('thingId: ID! }', 'thingId: ID! why: String }') }
    expect(() => commandClient([{ name: 'things', sdl: things }, other])).toThrow('declare CloseThingInput, but not')
  })
})
