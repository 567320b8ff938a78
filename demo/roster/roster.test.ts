import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Roster, readRoster } from './roster.ts'

const head =
  'personnel_number,first_name,last_name,birth_date,email,department,position,starts_on,weekly_hours,monthly_gross_eur'
const good = (number: number | string) =>
  `${number},Jürgen,Groß-Weißmüller,1988-04-17,j@example.de,Vertrieb,Verkäufer,2027-01-01,38.5,3450.00`
const read = (...lines: string[]): Roster => readRoster(Buffer.from(lines.join('\n')))
const reasons = (roster: Roster) => roster.mistakes.map(({ line, reason }) => `${line}: ${reason}`)

describe('a file of employees', () => {
  it('is read row by row, with the line each stands on', () => {
    expect(read(head, good(1), '', good(2))).toEqual({
      rows: [expect.objectContaining({ line: 2 }), expect.objectContaining({ line: 4, personnelNumber: '2' })],
      mistakes: [],
    })
    expect(read(head, good(1)).rows[0]).toEqual({
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

  it('says the same in the way of a German spreadsheet', () => {
    const german = [
      `\ufeff${head.replaceAll(',', ';').toUpperCase()}`,
      '1;Ju\u0308rgen;"Groß-Weißmüller";17.04.1988;j@example.de;Vertrieb;Verkäufer;01.01.2027; 38,5 ;3.450,00 €',
      ';;;;;;;;;',
      '',
    ]
    expect(readRoster(Buffer.from(german.join('\r\n')))).toEqual(read(head, good(1)))
    expect(readRoster(Buffer.from(german.join('\r')))).toEqual(read(head, good(1)))
  })

  it('may have its columns in any order, and leave out e-mail', () => {
    const roster = read(
      'monthly_gross_eur;last_name;first_name;position;department;starts_on;ends_on;birth_date;weekly_hours;personnel_number',
      '2000;Ode;Änne;Köchin;Küche;1.2.2027;31.1.2029;1.1.2000;20;A-1',
    )
    expect(roster.mistakes).toEqual([])
    expect(roster.rows).toMatchObject([{ personnelNumber: 'A-1', lastName: 'Ode', endsOn: '2029-01-31', email: null }])
  })

  it('that is shipped has 25 employees and no mistake', () => {
    const roster = readRoster(readFileSync(join(import.meta.dirname, '..', 'employees.csv')))
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

  it.each(bad)('that %s is reported with its line and reason, and the others are read', (_, line, reason) => {
    const roster = read(head, good(1), line, good(3))
    expect(reasons(roster)).toEqual([expect.stringContaining(reason)])
    expect(roster.mistakes[0]?.line).toBe(3)
    expect(roster.rows.map(({ personnelNumber }) => personnelNumber)).toEqual(['1', '3'])
  })

  it('in another encoding is reported with what it seems to say', () => {
    const file = Buffer.concat([
      Buffer.from(`${head}\n${good(1)}\n`),
      Buffer.from(`${good(2)}\n`, 'latin1'),
      Buffer.from(good(3)),
    ])
    const roster = readRoster(file)
    expect(reasons(roster)).toEqual([
      expect.stringContaining('3: the line is not UTF-8; read as Windows-1252 it says “2,Jürgen'),
    ])
    expect(roster.rows.map(({ line }) => line)).toEqual([2, 4])
  })

  it('is reported with all that is wrong with it', () => {
    const [mistake] = read(head, good(1).replace('Jürgen', '').replace('2027-01-01', 'bald')).mistakes
    expect(mistake?.reason).toBe(
      'first_name is missing; starts_on “bald” is no date: write it like 2027-01-31 or 31.01.2027',
    )
  })

  it('never spoils another, wherever it stands and however many there are', () => {
    const line = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom(...bad.map(([, text]) => text).filter((text) => text !== good(1))),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const roster = read(head, ...lines.map((text, index) => text ?? good(`G-${index}`)))
        const goodOnes = lines.flatMap((text, index) => (text === undefined ? [index + 2] : []))
        expect(roster.rows.map((row) => row.line)).toEqual(goodOnes)
        const reported = roster.mistakes.map((mistake) => mistake.line)
        expect([...roster.rows.map((row) => row.line), ...reported].sort((a, b) => a - b)).toEqual(
          lines.length === 0 ? [1] : lines.map((_, index) => index + 2),
        )
      }),
    )
  })

  it('is never a reason to fail: any bytes give rows or mistakes, each line at most once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, withHead) => {
        const { rows, mistakes } = readRoster(withHead ? Buffer.concat([Buffer.from(`${head}\n`), bytes]) : bytes)
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
    ['names no employee', Buffer.from(head), 'names no employee'],
    ['lacks a column', Buffer.from(`${head.replace(',last_name', '')}\n${good(1)}`), 'the column last_name is missing'],
    ['has a column twice', Buffer.from(`${head},email\n`), 'the column email is there twice'],
    ['begins with an employee', Buffer.from(good(1)), 'is missing; the first line must name'],
    ['is UTF-16', Buffer.from(`\ufeff${head}`, 'utf16le'), 'is UTF-16'],
    ['is no text', Buffer.from('PK\x03\x04\0\0'), 'is no text'],
  ])('is refused when it %s', (_, file, reason) => {
    const roster = readRoster(file)
    expect(roster.rows).toEqual([])
    expect(reasons(roster)).toEqual([expect.stringContaining(reason)])
    expect(roster.mistakes[0]?.line).toBe(1)
  })

  it('is read without a column nobody knows, which is reported', () => {
    const roster = read(`${head},shoe size`, `${good(1)},44`)
    expect(reasons(roster)).toEqual(['1: the column “shoe size” is unknown and was left out'])
    expect(roster.rows).toHaveLength(1)
  })
})
