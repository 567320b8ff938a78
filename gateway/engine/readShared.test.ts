import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isObject, type Json } from './json.ts'
import { compileSharedReader, type Shape } from './readShared.ts'

const leaf = (key: string) => ({ key, below: undefined })
const author: Shape = { shared: true, fields: [leaf('id'), leaf('name')] }
const book: Shape = { shared: true, fields: [leaf('title'), { key: 'author', below: author }] }
const answer: Shape = { shared: false, fields: [{ key: 'books', below: book }] }

const ada = { id: '1', name: 'Ada' }
const many = (value: Json, count = 40): Json[] => Array.from({ length: count }, () => value)
const read = (value: unknown): Json | undefined => compileSharedReader(answer)(JSON.stringify(value))

describe('an answer that repeats itself', () => {
  test('is read as JSON.parse reads it, whatever it holds', () => {
    const value = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>
    const text = fc.oneof(fc.string(), fc.constantFrom('}', '"', '\\', '\\"}', '{"id":', 'ä', '\u2028', '__proto__'))
    const pool = fc.array(
      fc.record({
        title: fc.oneof(value, text),
        author: fc.oneof(fc.constant(ada), fc.record({ id: text, name: value })),
      }),
      { minLength: 1, maxLength: 4 },
    )
    let used = 0
    fc.assert(
      fc.property(pool, fc.array(fc.nat(3), { minLength: 40, maxLength: 80 }), (books, order) => {
        const given = { books: order.map((index) => books[index % books.length] ?? null) }
        const found = read(given)
        if (found === undefined) return
        used++
        expect(found).toEqual(JSON.parse(JSON.stringify(given)))
      }),
      { numRuns: 300 },
    )
    expect(used).toBeGreaterThan(100)
  })

  test('gives one object for equal text, at each place of its own', () => {
    const found = read({ books: many({ title: 'Notes', author: ada }) })
    const books = isObject(found) && Array.isArray(found.books) ? found.books : []
    expect(new Set(books).size).toBe(1)
    expect(books).toHaveLength(40)
  })

  test('keeps objects apart where equal text may become different', () => {
    const apart = compileSharedReader({ shared: false, fields: [{ key: 'books', below: { ...book, shared: false } }] })
    const found = apart(JSON.stringify({ books: many({ title: 'Notes on the engine', author: ada }) }))
    const books = isObject(found) && Array.isArray(found.books) ? found.books.filter(isObject) : []
    expect([new Set(books).size, new Set(books.map((one) => one.author)).size]).toEqual([40, 1])
  })

  test.each([
    ['short', '{"books":[]}'],
    ['not compact', JSON.stringify({ books: many({ title: 'Notes', author: ada }) }, null, 1)],
    ['cut off', JSON.stringify({ books: many({ title: 'Notes', author: ada }) }).slice(0, -3)],
    ['followed by something', `${JSON.stringify({ books: many({ title: 'Notes', author: ada }) })}}`],
    ['not JSON at its end', `{"books":${JSON.stringify(many({ title: 'Notes', author: ada }))},"n":01}`],
    ['nested without end', `{"books":${'['.repeat(100_000)}`],
    [
      'without repetition',
      JSON.stringify({ books: many(0, 400).map((_, title) => ({ title, author: { id: title } })) }),
    ],
    [
      'out to change what objects inherit',
      `{"books":${JSON.stringify(many({ title: 'a', author: ada }))},"__proto__":{}}`,
    ],
  ])('is left to JSON.parse when it is %s', (_what, text) => {
    expect(compileSharedReader(answer)(text)).toBeUndefined()
  })

  test('is not looked for again at once where it was not found', () => {
    const reader = compileSharedReader(answer)
    const repeating = JSON.stringify({ books: many({ title: 'Notes', author: ada }) })
    const plain = JSON.stringify({ books: many(0, 400).map((_, title) => ({ title, author: { id: title } })) })
    expect(reader(plain)).toBeUndefined()
    const answers = Array.from({ length: 256 }, () => reader(repeating))
    expect(answers.filter((found) => found !== undefined)).toHaveLength(1)
  })
})
