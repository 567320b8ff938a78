import { describe, expect, it } from 'vitest'
import { typesOf } from './generate-types.ts'

const typed = (sdl: string) => typesOf(sdl).split('\n').slice(2).join('\n')

describe('the types of a contract', () => {
  it('tell what may be null, and what the server is always given', () => {
    const sdl = `
      input Filter { status: Status!, tags: [String!], from: Date = "2026-01-01", note: String }
      enum Status { DRAFT ACTIVE }`
    expect(typed(sdl)).toBe(
      [
        'export type Filter = {',
        '  status: Status',
        '  tags?: string[] | null',
        '  from: Date | null',
        '  note?: string | null',
        '}',
        '',
        `export type Status = 'DRAFT' | 'ACTIVE'`,
        '',
      ].join('\n'),
    )
  })

  it('have one type for the arguments of each field', () => {
    const sdl = `
      type Query { things(first: Int! = 25, after: ID): [Thing]! }
      extend type Query { thing(id: ID!): Thing }
      type Thing { cents: Cents!, at: DateTime, anything: JSON }
      scalar Cents scalar DateTime scalar JSON`
    expect(typed(sdl)).toBe(
      [
        'export type Query = {',
        `  __typename?: 'Query'`,
        '  things: (Thing | null)[]',
        '}',
        '',
        'export type QueryThingsArgs = {',
        '  first: number',
        '  after?: string | null',
        '}',
        '',
        'export type QueryThingArgs = {',
        '  id: string',
        '}',
        '',
        'export type Thing = {',
        `  __typename?: 'Thing'`,
        '  cents: bigint',
        '  at: Date | null',
        '  anything: unknown | null',
        '}',
        '',
      ].join('\n'),
    )
  })

  it('carry the documentation of the contract', () => {
    const sdl = `
      "A thing. */"
      type Thing {
        """
        Its name,
        in full.
        """
        name: String!
      }
      "Either."
      union Any = Thing`
    expect(typed(sdl)).toContain('/** A thing. * / */\nexport type Thing')
    expect(typed(sdl)).toContain('  /**\n   * Its name,\n   * in full.\n   */\n  name: string\n')
    expect(typed(sdl)).toContain('/** Either. */\nexport type Any = Thing\n')
  })

  it('cannot be made of a scalar that nobody knows', () => {
    expect(() => typesOf('scalar Colour')).toThrow('no TypeScript type is known for the scalar Colour')
  })
})
