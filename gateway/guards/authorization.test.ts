import {
  buildSchema,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { composeSubgraphs } from '../compose.ts'
import { createAuthorization, type OnForbidden } from './authorization.ts'
import { Denied } from './denied.ts'
import { fieldAccess, permits, type Rights } from './fieldAccess.ts'
import { supergraphRules } from './supergraphRules.ts'

const types = `
  type Query { me: Person, people: [Person]!, strict: [Person!]!, staff: Staff, found: [Hit!]!, nodes: [Node!]!, open: String
    audit: String @policy(policies: [["auditor", "present"], ["owner"]]) }
  type Mutation { rename(to: String!): Person }
  type Subscription { changed: Person, secretly: String @requiresScopes(scopes: [["s"]]) }
  type Person { id: ID!, name: String, salary: Int @requiresScopes(scopes: [["pay"]]), pin: Int! @authenticated, boss: Person }
  type Staff @requiresScopes(scopes: [["hr", "read"], ["admin"]]) { size: Int!, lead: Person }
  type Report implements Node { id: ID!, text: Secret }
  type Note implements Node { id: ID! @requiresScopes(scopes: [["notes"]]), body: String }
  type Draft { body: String }
  union Hit = Person | Staff | Draft
  scalar Secret @requiresScopes(scopes: [["secrets"]])`
const node = 'interface Node { id: ID! }'
const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes", "@policy"])
  ${types} ${node}`

const rules = supergraphRules(parse(composeSubgraphs([{ name: 'a', sdl, url: 'http://a' }])))
const access = fieldAccess(rules)
const schema: GraphQLSchema = buildSchema(
  `directive @authenticated on FIELD_DEFINITION | OBJECT | SCALAR
   directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT | SCALAR
   directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION ${types} ${node}`,
)

const boss = { __typename: 'Person', id: '1', name: 'Ada', salary: 9, pin: 1234, boss: null }
const person = { ...boss, id: '2', name: 'Bob', boss }
const staff = { __typename: 'Staff', size: 2, lead: boss }
const note = { __typename: 'Note', id: 'n', body: 'x' }
const root = {
  me: person,
  people: [person, null, boss],
  strict: [boss],
  staff,
  found: [person, staff, { __typename: 'Draft', body: 'd' }],
  nodes: [{ __typename: 'Report', id: 'r', text: 't' }, note],
  open: 'to all',
  audit: 'trail',
  rename: person,
}

const nobody: Rights = { authenticated: false, scopes: new Set(), policies: new Set() }
const holding = (...scopes: string[]): Rights => ({ authenticated: true, scopes: new Set(scopes), policies: new Set() })

/** What the guard lets through of an operation, executed as if nothing else were guarded. */
function answerTo(query: string, rights: Rights, variables: Record<string, unknown> = {}, on: OnForbidden = 'null') {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  const permitted = createAuthorization(rules, on).permitted(document, operation, rights)
  const executed = permitted?.document ?? document
  expect(validate(schema, executed)).toEqual([])
  const result = execute({ schema, document: executed, rootValue: root, variableValues: variables })
  const plain = JSON.parse(JSON.stringify(result)) as FormattedExecutionResult
  return { sent: permitted?.query ?? query, result: permitted ? permitted.complete(plain, variables) : plain }
}

/** The same, with the guard in front of each resolver: what must come out, though more is executed. */
function guardedResolvers(query: string, rights: Rights, variables: Record<string, unknown> = {}) {
  return execute({
    schema,
    document: parse(query),
    rootValue: root,
    variableValues: variables,
    fieldResolver: (source, _args, _context, { parentType, fieldName, parentType: { name } }) => {
      const asked = access(name, fieldName)
      if (asked && !permits(asked, rights)) throw new GraphQLError(`${parentType} ${fieldName}`)
      return source[fieldName]
    },
  }) as FormattedExecutionResult
}

describe('who may not read a field', () => {
  it('gets null and an error at its place, and nobody is asked for it', () => {
    const { sent, result } = answerTo('{ me { name pay: salary } open }', holding())
    expect(sent).not.toContain('salary')
    expect(result).toEqual({
      data: { me: { name: 'Bob', pay: null }, open: 'to all' },
      errors: [
        {
          message: 'Person.salary needs the scope pay',
          path: ['me', 'pay'],
          extensions: { code: 'FORBIDDEN', reason: 'FIELD_FORBIDDEN' },
        },
      ],
    })
  })

  it('cannot have it by an alias, a fragment, a deeper place or a condition', () => {
    for (const query of [
      '{ me { name: salary } }',
      '{ me { ...F } } fragment F on Person { boss { ... on Person { ... { salary } } } }',
      'query ($no: Boolean = false) { me { name salary @skip(if: $no) } }',
      '{ people { boss { salary } } found { ... on Person { salary } } }',
      'mutation { rename(to: "x") { salary } }',
    ]) {
      const { sent, result } = answerTo(query, holding('hr', 'read'))
      expect(sent).not.toContain('salary')
      expect(JSON.stringify(result.data)).not.toContain('9')
    }
  })

  it('gets null further up where null may not stand', () => {
    expect(answerTo('{ me { id pin } open }', nobody).result).toMatchObject({
      data: { me: null, open: 'to all' },
      errors: [{ path: ['me', 'pin'], extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(answerTo('{ people { pin } }', nobody).result.data).toEqual({ people: [null, null, null] })
    expect(answerTo('{ strict { pin } }', nobody).result.data).toBeNull()
  })

  it('needs all scopes of one of the lists, and of both field and type', () => {
    const data = (...scopes: string[]) => answerTo('{ staff { size } }', holding(...scopes)).result.data
    expect([data('hr'), data('read')]).toEqual([{ staff: null }, { staff: null }])
    expect([data('hr', 'read'), data('admin')]).toEqual([{ staff: { size: 2 } }, { staff: { size: 2 } }])
    const policed = (...policies: string[]) =>
      answerTo('{ audit }', { ...holding(), policies: new Set(policies) }).result.data
    expect([policed('auditor'), policed('owner')]).toEqual([{ audit: null }, { audit: 'trail' }])
  })

  it('cannot have a protected type through a union, nor a protected scalar, nor a field through its interface', () => {
    const found = answerTo('{ found { __typename ... on Staff { size } ... on Draft { body } } }', holding())
    expect(found.sent).not.toContain('size')
    expect(found.result.data).toBeNull()
    const nullable = answerTo('{ found { ... on Staff { lead { id } } ... on Draft { body } } }', holding())
    expect(nullable.result.data).toEqual({ found: [{}, { lead: null }, { body: 'd' }] })
    expect(answerTo('{ nodes { ... on Report { text } } }', holding('notes')).result.data).toEqual({
      nodes: [{ text: null }, {}],
    })
    expect(answerTo('{ nodes { id } }', holding()).sent).not.toMatch(/\bid\b/)
    expect(answerTo('{ nodes { id } }', holding('notes')).result.data).toEqual({ nodes: [{ id: 'r' }, { id: 'n' }] })
  })

  it('has a request refused as a whole where it is so configured', () => {
    const refused = (rights: Rights) => {
      try {
        return answerTo('{ open me { salary } }', rights, {}, 'refuse').result.data
      } catch (error) {
        return error instanceof Denied ? `${error.status} ${error.reason}` : error
      }
    }
    expect(refused(holding())).toBe('403 OPERATION_FORBIDDEN')
    expect(refused(nobody)).toBe('401 TOKEN_INVALID')
    expect(refused(holding('pay'))).toEqual({ open: 'to all', me: { salary: 9 } })
  })

  it('cannot subscribe to it, but to what holds it', () => {
    const authorization = createAuthorization(rules, 'null')
    const subscribing = (query: string) => {
      const document = parse(query)
      const operation = getOperationAST(document)
      if (!operation) throw new Error('no operation')
      return authorization.permitted(document, operation, holding())
    }
    expect(() => subscribing('subscription { secretly }')).toThrow('The operation needs the scope s')
    const permitted = subscribing('subscription { changed { id salary } }')
    expect(permitted?.complete({ data: { changed: { id: '1' } } }, {})).toMatchObject({
      data: { changed: { id: '1', salary: null } },
      errors: [{ path: ['changed', 'salary'] }],
    })
  })
})

describe('what is left of an operation', () => {
  it('is executed as it was written where everything may be read', () => {
    expect(answerTo('{ me { salary pin } }', holding('pay')).sent).toBe('{ me { salary pin } }')
  })

  it('leaves out variables and fragments that only the rest has used', () => {
    const query = `query ($yes: Boolean!, $to: Boolean!) { me { name @include(if: $yes) boss { ...Pay } } }
      fragment Pay on Person { salary @include(if: $to) ...More } fragment More on Person { pin @skip(if: $to) }`
    const { sent } = answerTo(query, nobody, { yes: true, to: true })
    expect(sent).not.toContain('$to')
    const alone = answerTo(
      `query ($to: Boolean!) { open staff { lead { ...L } } } fragment L on Person { id @skip(if: $to) }`,
      holding(),
    )
    expect(alone.sent).not.toMatch(/fragment|\$to|staff/)
  })

  it.each([
    '{ me { id name salary boss { salary pin } } people { name pin } open }',
    '{ strict { boss { pin } id } staff { lead { salary } } audit }',
    '{ found { __typename ... on Person { id salary } ... on Staff { lead { name } } ... on Draft { body } } }',
    'query ($yes: Boolean = true) { me @include(if: $yes) { ...F salary @skip(if: $yes) } } fragment F on Person { boss { salary name } }',
    'mutation { rename(to: "x") { id salary boss { pin } } }',
    '{ nodes { __typename ... on Note { id body } ... on Report { text } } }',
  ])('is answered like %s behind guarded resolvers', (query) => {
    const scopes = ['pay', 'hr', 'read', 'notes', 'secrets']
    for (let held = 0; held < 2 ** scopes.length; held++) {
      for (const authenticated of [true, false]) {
        const chosen = scopes.filter((_, at) => held & (1 << at))
        const rights = { ...holding(...chosen), authenticated }
        const { result } = answerTo(query, rights)
        const expected = guardedResolvers(query, rights)
        expect(result.data).toEqual(expected.data)
        expect(Boolean(result.errors)).toBe(Boolean(expected.errors))
      }
    }
  })
})
