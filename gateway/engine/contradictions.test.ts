import { parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import { federate } from '../conformance/federation.ts'
import { withoutContradictions } from './contradictions.ts'

const { ask, calls, engine } = federate({
  people: {
    typeDefs: `
      type Query { me: Person you: Person! nobody: Person }
      type Person @key(fields: "id") { id: ID! name: String }`,
    resolvers: {
      Query: { me: () => ({ id: '1', name: 'Ada' }), you: () => ({ id: '2', name: 'Bob' }), nobody: () => null },
    },
  },
  cities: {
    typeDefs: `
      type Query { capital: City }
      type Person @key(fields: "id") { id: ID! home: City }
      type City { name: String }`,
    resolvers: { Query: { capital: () => ({ name: 'Berlin' }) }, Person: { home: () => ({ name: 'Ulm' }) } },
  },
})

describe('conditions that contradict one another', () => {
  test.each([
    ['below a field that stands alone', '{ me @skip(if: $y) { id @include(if: $y) } }', {}, { me: {} }],
    [
      'beside what another subgraph knows',
      '{ me @skip(if: $y) { id @include(if: $y) } capital { name } }',
      { capital: { name: 'Berlin' } },
      { me: {}, capital: { name: 'Berlin' } },
    ],
    [
      'below what another subgraph knows',
      '{ me { id home @skip(if: $y) { name @include(if: $y) } } }',
      { me: { id: '1' } },
      { me: { id: '1', home: {} } },
    ],
    ['below what is null', '{ nobody @skip(if: $y) { id @include(if: $y) } }', {}, { nobody: null }],
    ['on one field', '{ me { id @include(if: $y) @skip(if: $y) } }', { me: {} }, { me: {} }],
    ['around a field', '{ ... @skip(if: $y) { me @include(if: $y) { id } } }', {}, {}],
    [
      'in a fragment',
      '{ me @skip(if: $y) { ...F } } fragment F on Person { ...G } fragment G on Person { id @include(if: $y) }',
      {},
      { me: {} },
    ],
    [
      'with a field of both',
      '{ me @skip(if: $y) { id @include(if: $y) } me @include(if: $y) { name } }',
      { me: { name: 'Ada' } },
      { me: {} },
    ],
    [
      'with what never is',
      '{ me @include(if: $y) { name @skip(if: true) } you @include(if: false) { name } }',
      { me: {} },
      {},
    ],
  ])('leave of a field %s whether there is an object', async (_where, selections, whereTrue, whereFalse) => {
    const query = `query($y: Boolean!) ${selections}`
    expect(await ask(query, { y: true })).toEqual({ data: whereTrue })
    expect(await ask(query, { y: false })).toEqual({ data: whereFalse })
  })

  test('have nobody asked for what no request shows', async () => {
    const before = calls.length
    expect(await ask('{ ... @include(if: false) { me { name } } capital @skip(if: true) { name } }')).toEqual({
      data: {},
    })
    expect(calls).toHaveLength(before)
  })

  test('are not looked for without end: of fragments that multiply the planner is left to think', () => {
    const levels = 20
    const fragments = Array.from(
      { length: levels },
      (_, n) => `fragment F${n} on Person { ...F${n + 1} @skip(if: $a${n}) ...F${n + 1} @include(if: $a${n}) }`,
    )
    const variables = Array.from({ length: levels }, (_, n) => `$a${n}: Boolean! = true`).join(' ')
    const document = parse(
      `query(${variables} $y: Boolean!) { me { ...F0 @skip(if: $y) } } ${fragments.join(' ')}
      fragment F${levels} on Person { id @include(if: $y) }`,
    )
    expect(print(withoutContradictions(document) ?? document)).toContain('...F0 @skip(if: $y)')
  })

  test('of one operation say nothing of another in the document', async () => {
    const query = 'query A { me @skip(if: true) { id } } query B { you { id } }'
    const asked = { query, context: undefined }
    expect((await engine.execute({ ...asked, operationName: 'A' })).body).toBe('{"data":{}}')
    expect((await engine.execute({ ...asked, operationName: 'B' })).body).toBe('{"data":{"you":{"id":"2"}}}')
  })
})
