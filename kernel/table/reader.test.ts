import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Columns, type Entry, line, optional, tableReader } from './index.ts'

type Row = { code: string; title: string; note: string | null }

const columns: Columns<Row> = {
  code: { name: 'code', read: line, unique: true },
  title: { name: 'title', read: line },
  note: { name: 'note', read: optional(line), mayBeAbsent: true },
}

function read(text: string | Uint8Array, { pieceBytes = 1_000_000, quoting = false, lineAtMostBytes = 20_000 } = {}) {
  const bytes = Buffer.from(text)
  const reader = tableReader(columns, { quoting, lineAtMostBytes })
  const entries: Entry<Row>[] = []
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    const piece = Buffer.from(bytes.subarray(from, from + pieceBytes))
    entries.push(...reader.push(piece))
    piece.fill(0) // whoever brings it may use it again
  }
  return [...entries, ...reader.end()]
}

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`
// What a line cannot hold is told elsewhere; blanks around a value are none of it.
const value = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) =>
    text
      .replaceAll(/[\p{Cc}\p{Cs}\ufffdÃÂ]/gu, 'x')
      .normalize('NFC')
      .trim(),
  )
  .filter((text) => text !== '')

describe('a table', () => {
  it('gives back every value that was written in quotes, whatever it holds', () => {
    const rows = fc.uniqueArray(fc.record({ code: value, title: value, note: fc.option(value) }), {
      selector: ({ code }) => code,
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';'), fc.constantFrom('\n', '\r\n', '\r'), (all, separator, lineEnd) => {
        const head = ['code', 'title', 'note'].join(separator)
        const body = all.map(({ code, title, note }) => [code, title, note ?? ''].map(quoted).join(separator))
        const entries = read([head, ...body].join(lineEnd))
        expect(entries).toEqual(all.map((row, nth) => ({ line: nth + 2, row })))
      }),
    )
  })

  it('says the same in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'ü', '"', ',', ';', '\r', '\n', '\r\n', '\ufeff', '€', '\0'), { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        (parts, pieceBytes) => {
          const text = `\ufeffCode,Title\n${parts.join('')}`
          expect(read(text, { pieceBytes })).toEqual(read(text))
        },
      ),
    )
  })

  it('tells of a line that is too long, and reads the others', () => {
    const long = `2,${'x'.repeat(1_000_000)}`
    for (const pieceBytes of [65_536, 2_000_000])
      expect(read(`code,title\n1,a\n${long}\n3,c`, { pieceBytes })).toEqual([
        { line: 2, row: { code: '1', title: 'a', note: null } },
        { line: 3, mistake: 'the line is too long; a line end or a quotation mark may be missing' },
        { line: 4, row: { code: '3', title: 'c', note: null } },
      ])
  })

  it('names what is wrong without repeating what stands there, where reasons are kept', () => {
    const secret = 'Geheim'
    const wrong = [
      ...[
        'code,title,note',
        `1,${secret}`,
        `2,"${secret}`,
        `3,Ã¼${secret},x`,
        `4,${secret}\u0007,x`,
        `5,${secret},x,y`,
      ],
      ...[`6,${secret}\ufffd,`, `7,${secret},x`, `7,${secret},x`],
    ]
    const bytes = Buffer.concat([Buffer.from(wrong.join('\n')), Buffer.from(`\n8,${secret}ü,`, 'latin1')])
    const mistakes = read(bytes).flatMap((entry) => ('mistake' in entry ? [entry] : []))
    expect(mistakes.map(({ line: at }) => at)).toEqual([2, 3, 4, 5, 6, 7, 9, 10])
    expect(JSON.stringify(mistakes)).not.toContain(secret)
    expect(JSON.stringify(read(bytes, { quoting: true }))).toContain(`“${secret}·”`)
    for (const headless of [`${secret},${secret}`, `code,title,${secret}`, `"${secret}`, `${secret}`])
      expect(JSON.stringify(read(headless))).not.toContain(secret)
  })
})
