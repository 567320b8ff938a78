import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Ask,
  askerOf,
  departmentOf,
  draftEmployee,
  draftOf,
  type OwnPlatform,
  ownPlatform,
  until,
} from '../platform.ts'

let platform: OwnPlatform
let clerk: Ask
let departmentId: string

beforeAll(async () => {
  platform = await ownPlatform('bad-input')
  clerk = await askerOf(platform, 'clerk')
  departmentId = await departmentOf(clerk, 'Vertrieb')
})
afterAll(() => platform.dispose())

const count = async () => (await clerk<Counted>('{ employees { totalCount } }')).data.employees.totalCount
type Counted = { employees: { totalCount: number } }
type Drafted = { draftEmployee: { code?: string; message?: string; employee?: { lastName: string } } }

let nth = 0
const draft = (input: object) =>
  clerk<Drafted>(draftEmployee, { key: `bad-${++nth}`, input: { ...draftOf(`B-${nth}`, departmentId), ...input } })

describe('what a person puts in', () => {
  it.each([
    ['a null character', { lastName: 'a\0b' }, 'lastName: leave out the null character'],
    ['half a character', { lastName: 'a\ud83d' }, 'lastName: leave out the half character'],
    ['nothing to see', { lastName: '\u200b\u200f' }, 'lastName: give at least one character'],
    ['a turned text', { lastName: '\u202egnp.exe' }, 'lastName: give it without control characters'],
    ['a name of a novel', { lastName: 'x'.repeat(100_000) }, 'lastName: give at most 100 characters'],
    ['an id of nothing', { departmentId: 'Vertrieb' }, 'departmentId: give an id'],
  ])('is refused with the field and what to do, when it is %s', async (_, input, told) => {
    const before = await count()
    const { status, errors, data } = await draft(input)
    expect([status, errors]).toEqual([200, []])
    expect(data.draftEmployee).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(told) })
    expect(await count()).toBe(before)
  })

  it.each([
    ['a day that is none', { birthDate: '1990-02-30' }, '"input.birthDate"; "1990-02-30" is not a date'],
    ['a date as Germans write it', { birthDate: '23.07.1990' }, 'as in 2026-11-23'],
    [
      'hours in words',
      { contract: { ...draftOf('', '').contract, weeklyHours: 'viele' } },
      '"input.contract.weeklyHours"',
    ],
    ['a name that is none', { lastName: ['Groß'] }, '"input.lastName"'],
  ])('is not taken when it is %s, and the answer says where', async (_, input, told) => {
    const { status, errors } = await draft(input)
    expect(status).toBeLessThan(500)
    expect(errors).toMatchObject([{ message: expect.stringContaining(told), extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('is kept to the letter when it is unusual and right', async () => {
    const lastName = "O’Neil-Łęcka 🇩🇪 'شركة' Ǆ"
    expect((await draft({ lastName })).data.draftEmployee.employee?.lastName).toBe(lastName)
  })

  it('is answered with 413 when it is ten megabytes, and the next request is served', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { text: 'x'.repeat(10_000_000) } })
    const token = await platform.mintToken({ role: 'clerk' })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    for (let times = 0; times < 5; times++) {
      const answer = await request(platform.endpoint, { method: 'POST', headers, body })
      const { errors } = (await answer.body.json()) as { errors: { message: string; extensions: object }[] }
      expect(answer.statusCode).toBe(413)
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/larger than \d+ bytes/), extensions: { reason: 'BODY_TOO_LARGE' } },
      ])
    }
    expect((await clerk('{ __typename }')).data).toEqual({ __typename: 'Query' })
  })
})

describe('a table that is imported', () => {
  const importEmployees = `mutation ($key: ID!, $input: ImportEmployeesInput!) {
    importEmployees(idempotencyKey: $key, input: $input) {
      ... on ImportEmployeesPayload { rows { line employee { id } } } ... on Refusal { code message } } }`
  const head =
    'personnel_number;first_name;last_name;birth_date;department;position;starts_on;weekly_hours;monthly_gross_eur'
  const row = (number: string) => `${number};Jürgen;Groß;17.04.1988;Vertrieb;Verkäufer;01.01.2027;38,5;3.450,00`
  const send = (key: string, input: object) =>
    clerk<{ importEmployees: { code?: string; message?: string; rows?: { employee: { id: string } }[] } }>(
      importEmployees,
      { key, input },
    )

  it('in the encoding of old spreadsheets is refused with its lines, and nobody is drafted', async () => {
    const before = await count()
    const content = Buffer.from([head, row('W-1'), row('W-2')].join('\r\n'), 'latin1').toString('base64')
    const { data } = await send('windows', { content })
    expect(data.importEmployees.code).toBe('INVALID_INPUT')
    expect(data.importEmployees.message).toMatch(/line 2: the line is not UTF-8.*\nline 3: the line is not UTF-8/)
    expect(data.importEmployees.message).not.toMatch(/J.rgen|Gro/)
    expect(await count()).toBe(before)
  })

  it('begins the hiring of each of its employees', async () => {
    const csv = `\ufeff${[head, row('I-1'), row('I-2'), row('I-3')].join('\r\n')}`
    const { data } = await send('table', { csv })
    const ids = data.importEmployees.rows?.map(({ employee }) => employee.id) ?? []
    expect(ids).toHaveLength(3)
    const query = 'query ($id: ID!) { processes(filter: { subjectId: $id, state: WAITING }) { totalCount } }'
    type Processes = { processes: { totalCount: number } }
    for (const id of ids)
      await until(async () => (await clerk<Processes>(query, { id })).data.processes.totalCount === 1)
  })
})
