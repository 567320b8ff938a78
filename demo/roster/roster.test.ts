import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { employeesIn, type Roster, readRoster } from './roster.ts'

const head =
  'personnel_number,first_name,last_name,birth_date,email,department,position,starts_on,weekly_hours,monthly_gross_eur'
const good = (number: number | string) =>
  `${number},Jürgen,Groß-Weißmüller,1988-04-17,j@example.de,Vertrieb,Verkäufer,2027-01-01,38.5,3450.00`
const readBytes = (bytes: Uint8Array) => readRoster(piecesOf(bytes))
const read = (...lines: string[]): Promise<Roster> => readBytes(Buffer.from(lines.join('\n')))
const reasons = (roster: Roster) => roster.mistakes.map(({ line, reason }) => `${line}: ${reason}`)

describe('a file of employees', () => {
  it('is read row by row, with the line each stands on', async () => {
    expect(await read(head, good(1), '', good(2))).toEqual({
      rows: [expect.objectContaining({ line: 2 }), expect.objectContaining({ line: 4, personnelNumber: '2' })],
      mistakes: [],
    })
    expect((await read(head, good(1))).rows[0]).toEqual({
      line: 2,
      personnelNumber: '1',
      firstName: 'Jürgen',
      lastName: 'Groß-Weißmüller',
      birthDate: '1988-04-17',
      email: 'j@example.de',
      department: 'Vertrieb',
      position: 'Verkäufer',
      startsOn: '2027-01-01',
      endsOn: null,
      weeklyHours: 38.5,
      monthlyGrossCents: 345_000,
    })
  })

  it('says the same in the way of a German spreadsheet', async () => {
    const german = [
      `\ufeff${head.replaceAll(',', ';').toUpperCase()}`,
      '1;Ju\u0308rgen;"Groß-Weißmüller";17.04.1988;j@example.de;Vertrieb;Verkäufer;01.01.2027; 38,5 ;3.450,00 €',
      ';;;;;;;;;',
      '',
    ]
    expect(await readBytes(Buffer.from(german.join('\r\n')))).toEqual(await read(head, good(1)))
    expect(await readBytes(Buffer.from(german.join('\r')))).toEqual(await read(head, good(1)))
  })

  it('may have its columns in any order, and leave out e-mail', async () => {
    const roster = await read(
      'monthly_gross_eur;last_name;first_name;position;department;starts_on;ends_on;birth_date;weekly_hours;personnel_number',
      '2000;Ode;Änne;Köchin;Küche;1.2.2027;31.1.2029;1.1.2000;20;A-1',
    )
    expect(roster.mistakes).toEqual([])
    expect(roster.rows).toMatchObject([{ personnelNumber: 'A-1', lastName: 'Ode', endsOn: '2029-01-31', email: null }])
  })

  it('that is shipped has 25 employees and no mistake', async () => {
    const roster = await readBytes(readFileSync(join(import.meta.dirname, '..', 'employees.csv')))
    expect(roster.mistakes).toEqual([])
    expect(roster.rows).toHaveLength(25)
    expect(new Set(roster.rows.map(({ department }) => department)).size).toBeGreaterThanOrEqual(5)
  })
})

describe('a bad row', () => {
  const bad: [string, string, string][] = [
    ['misses a name', good(2).replace('Jürgen', '  '), 'first_name is missing'],
    ['has a day that does not exist', good(2).replace('1988-04-17', '1988-02-30'), 'birth_date “1988-02-30” is a day'],
    ['has a wrong amount', good(2).replace('3450.00', 'viel'), 'monthly_gross_eur “viel” is no amount'],
    ['has an amount of two meanings', good(2).replace('3450.00', '3.450'), 'can be read in two ways'],
    ['has wrong hours', good(2).replace('38.5', 'halbtags'), 'weekly_hours “halbtags” is no number of hours'],
    ['repeats a personnel number', good(1), 'personnel_number 1 stands on line 2 already'],
    ['has too few fields', '2,Jürgen', 'the line has 2 fields where the first line names 10'],
    ['has an amount without quotes', good(2).replace('3450.00', '3.450,00'), 'the line has 11 fields'],
    ['has an open quote', good(2).replace('Jürgen', '"Jürgen'), 'quotation mark that is not closed'],
    ['was encoded twice', Buffer.from(good(2)).toString('latin1'), 'was encoded twice: “2,JÃ¼rgen'],
    ['has lost characters', good(2).replace('ü', '\ufffd'), 'has lost characters'],
  ]

  it.each(bad)('that %s is reported with its line and reason, and the others are read', async (_, line, reason) => {
    const roster = await read(head, good(1), line, good(3))
    expect(reasons(roster)).toEqual([expect.stringContaining(reason)])
    expect(roster.mistakes[0]?.line).toBe(3)
    expect(roster.rows.map(({ personnelNumber }) => personnelNumber)).toEqual(['1', '3'])
  })

  it('in another encoding is reported with what it seems to say', async () => {
    const file = Buffer.concat([
      Buffer.from(`${head}\n${good(1)}\n`),
      Buffer.from(`${good(2)}\n`, 'latin1'),
      Buffer.from(good(3)),
    ])
    const roster = await readBytes(file)
    expect(reasons(roster)).toEqual([
      expect.stringContaining('3: the line is not UTF-8; read as Windows-1252 it says “2,Jürgen'),
    ])
    expect(roster.rows.map(({ line }) => line)).toEqual([2, 4])
  })

  it('is reported with all that is wrong with it', async () => {
    const { mistakes } = await read(head, good(1).replace('Jürgen', '').replace('2027-01-01', 'bald'))
    expect(mistakes[0]?.reason).toBe(
      'first_name is missing; starts_on “bald” is no date: write it like 2027-01-31 or 31.01.2027',
    )
  })

  it('never spoils another, wherever it stands and however many there are', async () => {
    const line = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom(...bad.map(([, text]) => text).filter((text) => text !== good(1))),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
        const roster = await read(head, ...lines.map((text, index) => text ?? good(`G-${index}`)))
        const goodOnes = lines.flatMap((text, index) => (text === undefined ? [index + 2] : []))
        expect(roster.rows.map((row) => row.line)).toEqual(goodOnes)
        const reported = roster.mistakes.map((mistake) => mistake.line)
        expect([...roster.rows.map((row) => row.line), ...reported].sort((a, b) => a - b)).toEqual(
          lines.length === 0 ? [1] : lines.map((_, index) => index + 2),
        )
      }),
    )
  })

  it('is never a reason to fail: any bytes give rows or mistakes, each line at most once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, withHead) => {
        const { rows, mistakes } = await readBytes(withHead ? Buffer.concat([Buffer.from(`${head}\n`), bytes]) : bytes)
        const lines = [...rows, ...mistakes].map(({ line }) => line)
        expect(lines.length).toBeGreaterThan(0)
        expect(new Set(lines).size).toBe(lines.length)
      }),
    )
  })
})

describe('a file that is wrong as a whole', () => {
  it.each<[string, Uint8Array, string]>([
    ['is empty', Buffer.from(''), 'the first line must name the columns: personnel_number,first_name'],
    ['names no employee', Buffer.from(head), 'no line but the first'],
    ['lacks a column', Buffer.from(`${head.replace(',last_name', '')}\n${good(1)}`), 'the column last_name is missing'],
    ['has a column twice', Buffer.from(`${head},email\n`), 'the column “email” is there twice'],
    ['begins with an employee', Buffer.from(good(1)), 'is missing; the first line must name'],
    ['is UTF-16', Buffer.from(`\ufeff${head}`, 'utf16le'), 'is UTF-16'],
    ['is no text', Buffer.from('PK\x03\x04\0\0'), 'is no text'],
  ])('is refused when it %s', async (_, file, reason) => {
    const roster = await readBytes(file)
    expect(roster.rows).toEqual([])
    expect(reasons(roster)).toEqual([expect.stringContaining(reason)])
    expect(roster.mistakes[0]?.line).toBe(1)
  })

  it('is read without a column nobody knows, which is reported', async () => {
    const roster = await read(`${head},shoe size`, `${good(1)},44`)
    expect(reasons(roster)).toEqual(['1: the column “shoe size” is unknown and is not read'])
    expect(roster.rows).toHaveLength(1)
  })
})

describe('a large file', () => {
  const row = (number: number) => Buffer.from(`${good(number)}\n`)
  /** A megabyte in one field, as an open quote or a missing line end makes it. */
  const huge = (number: number) => Buffer.from(`${good(number).replace('Jürgen', 'J'.repeat(1_000_000))}\n`)

  it('is read no faster than its rows are taken', async () => {
    let brought = 0
    async function* pieces() {
      yield Buffer.from(`${head}\n`)
      for (; brought < 10_000; brought++) yield row(brought)
    }
    let taken = 0
    let ahead = 0
    for await (const one of employeesIn(pieces())) {
      if ('personnelNumber' in one && one.personnelNumber === String(taken)) taken += 1
      ahead = Math.max(ahead, brought - taken)
    }
    expect({ taken, ahead }).toEqual({ taken: 10_000, ahead: 0 })
  })

  it('of 10,000 rows with a megabyte in every hundredth is read in a few megabytes', { timeout: 60_000 }, async () => {
    async function* pieces() {
      yield Buffer.from(`${head}\n`)
      for (let number = 0; number < 10_000; number++) yield number % 100 === 50 ? huge(number) : row(number)
    }
    const found = { rows: 0, mistakes: 0, mostBytes: 0 }
    globalThis.gc?.()
    const before = heldBytes()
    for await (const one of employeesIn(pieces())) {
      if ('reason' in one)
        expect(one.reason).toBe('the line is too long; a line end or a quotation mark may be missing')
      found['reason' in one ? 'mistakes' : 'rows'] += 1
      if ('reason' in one) found.mostBytes = Math.max(found.mostBytes, heldBytes() - before)
    }
    expect(found).toMatchObject({ rows: 9_900, mistakes: 100 })
    // A hundred megabytes went through.
    expect(found.mostBytes).toBeLessThan(50_000_000)
  })
})

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** A file as a stream brings it: in pieces that end anywhere. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const length = 1 + (bytes.length % 97)
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length)
}
