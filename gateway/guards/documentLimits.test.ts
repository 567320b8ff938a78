import { type DocumentNode, getIntrospectionQuery } from 'graphql'
import { describe, expect, it } from 'vitest'
import { Denied } from './denied.ts'
import { asksForSchemaOnly, operationOf, parseWithinLimits } from './documentLimits.ts'

const limits = {
  maxTokens: 1_000,
  maxDepth: 5,
  maxAliases: 10,
  maxRootFields: 4,
  maxDirectives: 3,
  introspection: true,
}
const wide = { ...limits, maxRootFields: 5_000 }

function reasonFor(query: string, given = limits): string {
  try {
    parseWithinLimits(query, given)
    return 'accepted'
  } catch (error) {
    return error instanceof Denied ? error.reason : String(error)
  }
}

const nested = (levels: number) => '{ a '.repeat(levels) + '}'.repeat(levels)

describe('a document', () => {
  it('may nest as deep as the limit and no deeper', () => {
    expect(reasonFor(nested(5))).toBe('accepted')
    expect(reasonFor(nested(6))).toBe('DOCUMENT_TOO_DEEP')
  })

  it('cannot hide its depth in fragments', () => {
    const chain = '{ a { ...A } } fragment A on T { b { ... on T { c { ...B } } } } fragment B on T { d { e { f } } }'
    expect(reasonFor(chain)).toBe('DOCUMENT_TOO_DEEP')
    expect(reasonFor('{ ...A } fragment A on T { b { ...A } }')).toBe('DOCUMENT_TOO_DEEP')
    expect(reasonFor('{ ...A ...B } fragment A on T { b { c } } fragment B on T { ...A b { ...A } }')).toBe('accepted')
  })

  it('is measured in no more time than its length takes, however often its fragments spread each other', () => {
    const doubling = Array.from({ length: 60 }, (_, n) => `fragment F${n} on T { ...F${n + 1} ...F${n + 1} }`).join(
      '\n',
    )
    expect(reasonFor(`{ ...F0 } ${doubling} fragment F60 on T { a }`)).toBe('DOCUMENT_TOO_WIDE')
  })

  it('may have as many tokens as the limit and no more', () => {
    expect(reasonFor(`{ ${'a '.repeat(998)} }`, wide)).toBe('accepted')
    expect(reasonFor(`{ ${'a '.repeat(1_001)} }`, wide)).toBe('DOCUMENT_TOO_LARGE')
  })

  it('that asks for the whole schema is within the default limits', () => {
    expect(
      reasonFor(getIntrospectionQuery({ inputValueDeprecation: true }), { ...limits, maxTokens: 4_000, maxDepth: 20 }),
    ).toBe('accepted')
  })

  it('that cannot be read is denied without being repeated', () => {
    expect(() => parseWithinLimits('{ secret(', limits)).toThrow('The document is not GraphQL, see line 1 column 10')
  })
})

describe('a document that is wide', () => {
  it('has no more aliases than allowed, of __typename neither', () => {
    const aliased = (count: number, field: string) =>
      `{ a { ${Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ')} } }`
    expect([reasonFor(aliased(10, 'b')), reasonFor(aliased(11, 'b'))]).toEqual(['accepted', 'DOCUMENT_TOO_WIDE'])
    expect(reasonFor(aliased(11, '__typename'))).toBe('DOCUMENT_TOO_WIDE')
  })

  it('cannot hide aliases in fragments that are spread many times', () => {
    const doubling = Array.from(
      { length: 3 },
      (_, n) => `fragment F${n} on T { x: a { ...F${n + 1} } y: a { ...F${n + 1} } }`,
    )
    expect(reasonFor(`{ ...F0 } ${doubling.join(' ')} fragment F3 on T { b }`, { ...limits, maxDepth: 9 })).toBe(
      'DOCUMENT_TOO_WIDE',
    )
  })

  it('has no more root fields than allowed, be they in fragments', () => {
    expect([reasonFor('{ a b c d }'), reasonFor('{ a b c d e }')]).toEqual(['accepted', 'DOCUMENT_TOO_WIDE'])
    expect(reasonFor('{ a ... { b ...F } } fragment F on Query { c d e }')).toBe('DOCUMENT_TOO_WIDE')
  })

  it('has no more directives than allowed', () => {
    expect(reasonFor('{ a @x @x @x }')).toBe('accepted')
    expect(reasonFor('query @x { a @x @x b @x }')).toBe('DOCUMENT_TOO_WIDE')
  })

  it('does not ask for the schema where it is not told, wherever it asks', () => {
    const closed = { ...limits, introspection: false }
    expect(reasonFor('{ __typename }', closed)).toBe('accepted')
    expect(reasonFor('{ x: __schema { description } }', closed)).toBe('INTROSPECTION_OFF')
    expect(reasonFor('{ ...F } fragment F on Query { __type(name: "T") { name } }', closed)).toBe('INTROSPECTION_OFF')
  })

  it('is measured once, and then known by its text', () => {
    const known = new Map<string, DocumentNode>()
    const first = parseWithinLimits('{ a }', { ...limits, known })
    expect(parseWithinLimits('{ a }', { ...limits, known })).toBe(first)
    expect(() => parseWithinLimits('{ a b c d e }', { ...limits, known })).toThrow(Denied)
    expect([...known.keys()]).toEqual(['{ a }'])
  })
})

describe('the operation of a request', () => {
  const document = parseWithinLimits('query A { __schema { description } } query B { a }', limits)

  it('is the one it names, or the only one', () => {
    expect(operationOf(document, 'B').name?.value).toBe('B')
    expect(() => operationOf(document, undefined)).toThrow(Denied)
    expect(() => operationOf(document, 'C')).toThrow(Denied)
  })

  it('asks for the schema only when no field of it asks for more', () => {
    expect(asksForSchemaOnly(operationOf(document, 'A'))).toBe(true)
    expect(asksForSchemaOnly(operationOf(document, 'B'))).toBe(false)
    const aliased = parseWithinLimits('{ __schema: employee { id } }', limits)
    expect(asksForSchemaOnly(operationOf(aliased, undefined))).toBe(false)
  })
})

describe('fragments that multiply', () => {
  const generous = { ...limits, maxDirectives: 100, maxTokens: 4_000 }
  const bomb = (levels: number, spread: string) => {
    const fragments = Array.from(
      { length: levels },
      (_, at) => `fragment F${at} on Query { ${spread.replaceAll('$next', `F${at + 1}`)} }`,
    )
    return `query ($a: Boolean!) { ...F0 } ${fragments.join(' ')} fragment F${levels} on Query { __typename }`
  }

  it.each([
    ['without conditions', '...$next ...$next'],
    ['under conditions, which a planner follows one by one', '...$next @include(if: $a) ...$next @skip(if: $a)'],
  ])('are denied %s, before anything is planned', (_, spread) => {
    expect(() => parseWithinLimits(bomb(24, spread), generous)).toThrow('once its fragments are spread')
    expect(() => parseWithinLimits(bomb(5, spread), generous)).not.toThrow()
  })
})
