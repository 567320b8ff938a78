import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { eventSource } from './eventSource.ts'

const schema = buildSchema(`
  type Query { q: Int }
  type Subscription {
    entries(after: ID, of: String): Entry!
    numbered(after: Int! = 0): Entry!
    ticks(after: Int): Int!
    lines: Entry!
  }
  type Entry { cursor: ID! text(like: ID): String }
`)

function source(operation: string) {
  const found = eventSource(
    {
      kind: 'Fetch',
      serviceName: 'journal',
      operation,
      operationKind: 'subscription',
      variableUsages: [...operation.matchAll(/\$(\w+):/g)].map(([, name = '']) => name),
    },
    schema,
  )
  expect(validate(schema, parse(found.query))).toEqual([])
  return found
}

const compact = (text: string) => text.replace(/\s+/g, ' ')

describe('the position of a subscription', () => {
  it('becomes a variable, and the cursor is asked for where the client does not', () => {
    const { query, cursor, variables } = source('subscription($a:ID $o:String){mine:entries(after:$a of:$o){text}}')
    expect(compact(query)).toBe(
      'subscription ($o: String, $_steinmetz_after: ID) { mine: entries(of: $o, after: $_steinmetz_after) { _steinmetz_cursor: cursor text } }',
    )
    expect(cursor?.first({ a: '7', o: 'x' })).toBe('7')
    expect(variables({ a: '7', o: 'x', _steinmetz_after: '9' })).toEqual({ o: 'x' })
    expect(cursor?.of({ data: { mine: { _steinmetz_cursor: '8', text: 't' } } })).toBe('8')
    expect(cursor?.of({ data: null, errors: [] })).toBeUndefined()
  })

  it('is read from the document, from a default, or is not given', () => {
    expect(source('subscription{entries(after:"5"){cursor}}').cursor?.first({})).toBe('5')
    expect(source('subscription($a:ID="6"){entries(after:$a){cursor}}').cursor?.first({})).toBe('6')
    expect(source('subscription($a:ID){entries(after:$a){cursor}}').cursor?.first({})).toBeUndefined()
    expect(source('subscription{entries{cursor}}').cursor?.first({})).toBeUndefined()
    expect(source('subscription{numbered{cursor}}').cursor?.first({})).toBeUndefined()
  })

  it('leaves alone a variable that something else needs too', () => {
    const { query, variables } = source('subscription($a:ID){entries(after:$a){text(like:$a)}}')
    expect(compact(query)).toContain('text(like: $a)')
    expect(variables({ a: '7' })).toEqual({ a: '7' })
  })

  it.each(['subscription{ticks(after:3)}', 'subscription{lines{cursor}}'])('is unknown for %s', (operation) => {
    expect(source(operation)).toMatchObject({ query: operation, cursor: undefined })
  })
})
