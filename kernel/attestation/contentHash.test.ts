import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentHash } from './index.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The same value with its members put in from the last to the first. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}

describe('the hash of a content', () => {
  it('is that of its canonical JSON', () => {
    // From RFC 8785, § 3.2.3 and appendix B, as far as plain JSON goes.
    const content = { literals: [null, true, false], numbers: [1e30, 4.5, 2e-3, -0], string: '€$\u000f\nA\'B"\\' }
    const canonical = `{"literals":[null,true,false],"numbers":[1e+30,4.5,0.002,0],"string":"€$\\u000f\\nA'B\\"\\\\"}`
    expect(contentHash(content)).toBe(sha256(canonical))
  })

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        fc.pre(JSON.stringify(value).isWellFormed())
        expect(contentHash(reversed(value))).toBe(contentHash(value))
      }),
    )
  })

  it('differs when the content differs', () => {
    const contents = [[], {}, null, '', 0, [1, 2], [2, 1], [[1], 2], { a: 1 }, { a: '1' }, { b: 1 }, '{"a":1}']
    expect(new Set(contents.map(contentHash)).size).toBe(contents.length)
  })

  it('takes dates as ISO text, bigints as digits, and undefined as absent', () => {
    const content = { from: new Date('2026-11-23T00:00:00Z'), cents: 450_000n, until: undefined }
    expect(contentHash(content)).toBe(sha256('{"cents":"450000","from":"2026-11-23T00:00:00.000Z"}'))
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, '\ud800', [undefined], new Map(), () => 0, Symbol('x'), undefined])(
    'refuses what has no canonical JSON: %o',
    (value) => {
      expect(() => contentHash(value)).toThrow(expect.objectContaining({ kind: 'bug', code: 'NOT_CANONICAL' }))
    },
  )
})
