import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clerk, type Personnel, person, personnel, stranger } from '../testing/personnel.ts'

const head =
  'personnel_number,first_name,last_name,birth_date,email,department,position,starts_on,weekly_hours,monthly_gross_eur'
const line = (number: number | string, name = 'Groß-Weißmüller') =>
  `${number},Jürgen,${name},1988-04-17,j@example.de,Vertrieb,Verkäufer,2027-01-01,38.5,3450.00`
const table = (...lines: string[]) => [head, ...lines].join('\n')

describe('importEmployees', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
    await hr.department('Vertrieb')
  })
  afterAll(() => hr.stop())

  let number = 0
  beforeEach(() => {
    number += 1_000
  })

  const counts = async () => {
    const tables = ['employee', 'contract', 'kernel.audit', 'kernel.outbox', 'kernel.person_key']
    const sql = tables.map((name) => `(select count(*)::int from ${name}) as "${name}"`).join(', ')
    return (await hr.sql(`select ${sql}`))[0]
  }
  const asContent = (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding).toString('base64')

  test('drafts every employee of a table, each with records and the event that begins hiring', async () => {
    const before = await counts()
    const { result } = await hr.send(clerk, 'importEmployees', { csv: table(line(number), '', line(number + 1)) })
    expect(result.rows).toMatchObject([
      { line: 2, employee: { personnelNumber: String(number), status: 'DRAFT', department: { name: 'Vertrieb' } } },
      { line: 4, employee: { personnelNumber: String(number + 1), lastName: 'Groß-Weißmüller' } },
    ])
    expect(await counts()).toEqual({
      employee: Number(before?.employee) + 2,
      contract: Number(before?.contract) + 2,
      'kernel.audit': Number(before?.['kernel.audit']) + 4,
      'kernel.outbox': Number(before?.['kernel.outbox']) + 6,
      'kernel.person_key': Number(before?.['kernel.person_key']) + 2,
    })
    const [event] = await hr.sql(
      "select * from kernel.outbox where type = 'hr.EmployeeDrafted' and aggregate_id = $1",
      [result.rows[1].employee.id],
    )
    expect(event).toMatchObject({ payload: { draftedBy: 'clerk', lastEditedBy: 'clerk', startsOn: '2027-01-01' } })
  })

  test('reads what a German spreadsheet saves, as text or as bytes', async () => {
    const german = (nth: number) =>
      [
        `\ufeff${head.replaceAll(',', ';')}`,
        `${nth};Ju\u0308rgen;"Groß";17.04.1988;;Vertrieb;"Leiter; ""Nord""";01.01.2027; 38,5 ;3.450,00 €`,
        ';;;;;;;;;',
        '',
      ].join('\r\n')
    const text = await hr.send(clerk, 'importEmployees', { csv: german(number) })
    const bytes = await hr.send(clerk, 'importEmployees', { content: asContent(german(number + 1), 'utf8') })
    for (const { result } of [text, bytes]) expect(result.rows).toMatchObject([{ line: 2 }])
    const rows = await hr.sql('select first_name, email, birth_date from employee where personnel_number = $1', [
      String(number),
    ])
    expect(rows).toMatchObject([{ first_name: 'Jürgen', email: null }])
    const [{ contract } = {}] = await hr.sql(
      'select row_to_json(c) as contract from contract c where employee_id = (select id from employee where personnel_number = $1)',
      [String(number + 1)],
    )
    expect(contract).toMatchObject({
      position: 'Leiter; "Nord"',
      weekly_hours_hundredths: 3_850,
      monthly_gross_cents: 345_000,
    })
  })

  test('refuses a table with a wrong line as a whole, names every one, and repeats nothing personal', async () => {
    await hr.send(clerk, 'draftEmployee', { ...person((await hr.department()).id), personnelNumber: `T-${number}` })
    const before = await counts()
    const csv = table(
      line(number),
      line(number + 1).replace('Jürgen', ' '),
      line(number + 2)
        .replace('1988-04-17', '1988-02-30')
        .replace('38.5', '49'),
      line(number),
      line(`T-${number}`),
      line(number + 3).replace('Vertrieb', 'Nirgends'),
      line(number + 4).replace('1988-04-17', '2015-01-01'),
      line('nä', 'x'.repeat(101)),
      line(number + 5).replace('j@example.de', 'Weißmüller'),
      line(number + 6).replace('Verkäufer', '\u202everkehrt'),
      `"${line(number + 7)}`,
    )
    const { result } = await hr.send(clerk, 'importEmployees', { csv })
    expect(result.code).toBe('INVALID_INPUT')
    expect(result.message.split('\n')).toEqual([
      'csv: nothing was imported',
      'line 3: first_name is missing',
      'line 4: birth_date is a day that does not exist',
      'line 5: personnel_number stands on line 2 already',
      'line 6: personnel_number: it is taken',
      'line 7: department: there is none of this name; create it first',
      'line 8: birth_date: the employee is younger than 15 when the contract starts',
      'line 9: personnel_number: give 1 to 20 letters, digits or hyphens; last_name: give at most 100 characters',
      'line 10: email: give an address such as name@example.de',
      'line 11: position: give it without control characters',
      'line 12: the line has a quotation mark that is not closed, or stands inside of a field',
    ])
    expect(await counts()).toEqual(before)
  })

  test.each([
    [{}, 'csv: give the table'],
    [{ csv: table(line(1)), content: '' }, 'csv: give the table'],
    [{ csv: '' }, 'line 1: the first line must name the columns: personnel_number,first_name'],
    [{ csv: head }, 'line 1: the table has no line but the first'],
    [{ csv: table(line(1)).replace(',last_name', '') }, 'line 1: the column last_name is missing'],
    [{ csv: table(`1,${'x'.repeat(900_000)}`, line(2)) }, 'line 2: the line is too long'],
    [{ csv: `${table(line(1))}\n2,J\ufffdrgen` }, 'line 3: the line has lost characters'],
    [{ csv: `${table(line(1))}\n2,J\ud83drgen` }, 'csv: leave out the half character'],
    [{ csv: `${table(line(1))}\n2,J\0rgen` }, 'csv: leave out the null character'],
    [{ content: asContent(table(line(1)), 'latin1') }, 'line 2: the line is not UTF-8: save the file as UTF-8'],
    [{ content: asContent(`\ufeff${table(line(1))}`, 'utf16le') }, 'line 1: the line is UTF-16'],
    [{ content: asContent(`${head}\n1,\0`, 'utf8') }, 'line 2: the line holds zero bytes'],
    [{ content: 'keine Datei!' }, "content: give the file's bytes in Base64"],
    [{ content: `${' '.repeat(900_000)}!` }, "content: give the file's bytes in Base64"],
  ])('refuses %.80o and says what is wrong with it', { timeout: 20_000 }, async (input, told) => {
    const { result } = await hr.send(clerk, 'importEmployees', input)
    expect(result).toMatchObject({ __typename: 'Refusal', code: 'INVALID_INPUT' })
    expect(result.message).toContain(told)
    expect(result.message.length).toBeLessThan(1_000)
  })

  test('imports 500 employees in one go, no more, and lists no more mistakes than people read', async () => {
    const lines = Array.from({ length: 501 }, (_, nth) => line(`B-${number + nth}`))
    const more = await hr.send(clerk, 'importEmployees', { csv: table(...lines) })
    expect(more.result.message).toContain('line 1: the table has 501 employees: import at most 500 at once')
    const wrong = lines.slice(0, 500).map((one) => one.replace('3450.00', 'viel'))
    const { result: refused } = await hr.send(clerk, 'importEmployees', { csv: table(...wrong) })
    expect(refused.message.split('\n').slice(20)).toEqual([expect.stringContaining('line 21: '), 'and 480 more'])
    const { result } = await hr.send(clerk, 'importEmployees', { csv: table(...lines.slice(0, 500)) })
    expect(result.rows).toHaveLength(500)
  })

  test('imports once however often the same key comes, and gives the same answer', async () => {
    const input = { csv: table(line(number), line(number + 1)) }
    const answers = await Promise.all([1, 2, 3].map(() => hr.send(clerk, 'importEmployees', input, `import-${number}`)))
    expect(new Set(answers.map(({ result }) => JSON.stringify(result)))).toHaveLength(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await hr.sql('select 1 from employee where personnel_number = $1', [String(number)])).toHaveLength(1)
  })

  test('lets one of two tables with the same employee win', async () => {
    const csv = table(line(number), line(number + 1))
    const both = await Promise.all([1, 2].map(() => hr.send(clerk, 'importEmployees', { csv })))
    expect(both.filter(({ result }) => result?.rows)).toHaveLength(1)
    const [loser] = both.filter(({ result }) => !result?.rows)
    expect(loser?.result?.code ?? loser?.error?.reason).toMatch(/^(INVALID_INPUT|CONCURRENT_CHANGE)$/)
  })

  test("is for those who may write, and finds no department of another tenant's", async () => {
    const input = { csv: table(line(number)) }
    const reader = await hr.send({ person: 'reader', scopes: ['hr:read'] }, 'importEmployees', input)
    expect(reader.error?.code).toBe('FORBIDDEN')
    const elsewhere = await hr.send(stranger, 'importEmployees', input)
    expect(elsewhere.result.message).toContain('line 2: department: there is none of this name')
  })
})
