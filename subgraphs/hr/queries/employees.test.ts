import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, contract, type Personnel, personnel, stranger } from '../testing/personnel.ts'

const people = [
  { number: '1001', name: 'Zoë Muller', startsOn: '2027-03-01' },
  { number: '999', name: 'Anna Müller', startsOn: '2027-01-01' },
  { number: 'A-10', name: 'Bea Mueller', startsOn: '2027-02-01' },
  { number: 'A-2', name: 'Friederike Müller-Lüdenscheidt', startsOn: '2027-01-01' },
  { number: '7', name: 'Łukasz Weiß', startsOn: '2028-01-01' },
  { number: '70', name: 'Ømer Öchsle', startsOn: '2027-12-31' },
  { number: '8', name: 'Otto Ohm', startsOn: '2027-01-01' },
]

const list = `query ($first: Int! = 100, $after: String, $filter: EmployeeFilter,
  $orderBy: EmployeeOrder! = PERSONNEL_NUMBER, $descending: Boolean! = false) {
  employees(first: $first, after: $after, filter: $filter, orderBy: $orderBy, descending: $descending) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor node { personnelNumber firstName lastName department { name } contract { startsOn } } } } }`

describe('a list of employees', () => {
  let hr: Personnel
  let vertrieb: { id: string }
  beforeAll(async () => {
    hr = await personnel()
    vertrieb = await hr.department('Vertrieb')
    for (const person of people) await hire(person, person.number === '7' ? { departmentId: vertrieb.id } : {})
  })
  afterAll(() => hr.stop())

  function hire({ number, name, startsOn }: (typeof people)[number], more: object = {}) {
    const [firstName, lastName] = name.split(' ')
    return hr.draft({ personnelNumber: number, firstName, lastName, contract: { ...contract(), startsOn }, ...more })
  }

  async function listed(variables: object = {}, caller = clerk) {
    const { data, errors } = await hr.ask(caller, list, variables)
    const edges: { node: { personnelNumber: string } }[] = data?.employees.edges ?? []
    return { ...data?.employees, errors, numbers: edges.map(({ node }) => node.personnelNumber) }
  }
  const found = async (search: string) => (await listed({ filter: { search }, orderBy: 'NAME' })).numbers

  test.each([
    ['müller', ['A-10', '999', '1001', 'A-2']],
    ['MÜLLER', ['A-10', '999', '1001', 'A-2']],
    ['mu\u0308ller', ['A-10', '999', '1001', 'A-2']],
    ['mueller', ['A-10', '999', 'A-2']],
    ['muller', ['999', '1001', 'A-2']],
    ['ludensch', ['A-2']],
    ['anna mue', ['999']],
    ['mue anna', ['999']],
    ['weiss', ['7']],
    ['WEISS lukasz', ['7']],
    ['oechsle', ['70']],
    ['oemer', ['70']],
    ['omer', ['70']],
    ['zoe', ['1001']],
    ['a-', ['A-10', 'A-2']],
    ['7', ['70', '7']],
    ['%', []],
    ['_', []],
    ['\\', []],
    ['niemand', []],
  ])('finds by %s, however names are written', async (search, numbers) => {
    expect((await found(search)).toSorted()).toEqual(numbers.toSorted())
  })

  test('asks nothing by a search without words', async () => {
    expect(await found('  ')).toHaveLength(people.length)
  })

  test('is filtered by status, department, number and the period in which contracts start', async () => {
    expect((await listed({ filter: { departmentId: vertrieb.id } })).numbers).toEqual(['7'])
    expect((await listed({ filter: { personnelNumber: 'A-2' } })).numbers).toEqual(['A-2'])
    expect((await listed({ filter: { status: 'ACTIVE' } })).totalCount).toBe(0)
    const spring = { startsFrom: '2027-01-02', startsUntil: '2027-03-01' }
    expect((await listed({ filter: spring })).numbers).toEqual(['1001', 'A-10'])
    expect((await listed({ filter: { startsFrom: '2027-12-31' } })).numbers).toEqual(['7', '70'])
    const all = { status: 'DRAFT', search: 'mueller', startsUntil: '2027-01-31', departmentId: null }
    expect(await listed({ filter: all })).toMatchObject({ numbers: ['999', 'A-2'], totalCount: 2 })
  })

  test('is sorted by personnel number as a person counts', async () => {
    const numbers = ['7', '8', '70', '999', '1001', 'A-2', 'A-10']
    expect((await listed()).numbers).toEqual(numbers)
    expect((await listed({ descending: true })).numbers).toEqual(numbers.toReversed())
  })

  test('is sorted by name as a German dictionary does', async () => {
    const numbers = ['A-10', '999', '1001', 'A-2', '70', '8', '7']
    expect((await listed({ orderBy: 'NAME' })).numbers).toEqual(numbers)
    expect((await listed({ orderBy: 'NAME', descending: true })).numbers).toEqual(numbers.toReversed())
  })

  test('is sorted by the first day of the contract', async () => {
    const { edges } = await listed({ orderBy: 'STARTS_ON', descending: true })
    const days = edges.map((edge: { node: { contract: { startsOn: string } } }) => edge.node.contract.startsOn)
    expect(days).toEqual(
      people
        .map(({ startsOn }) => startsOn)
        .toSorted()
        .reverse(),
    )
  })

  test.each([
    ['PERSONNEL_NUMBER', false],
    ['NAME', false],
    ['NAME', true],
    ['STARTS_ON', false],
    ['STARTS_ON', true],
  ])('gives every row once, page by page, by %s (descending: %s)', async (orderBy, descending) => {
    const whole = await listed({ orderBy, descending })
    const seen: string[] = []
    let after: string | null = null
    for (let more = true; more; ) {
      const page: Awaited<ReturnType<typeof listed>> = await listed({ orderBy, descending, first: 2, after })
      expect(page).toMatchObject({ totalCount: people.length, pageInfo: { hasPreviousPage: after !== null } })
      seen.push(...page.numbers)
      after = page.pageInfo.endCursor
      more = page.pageInfo.hasNextPage
    }
    expect(seen).toEqual(whole.numbers)
  })

  test('takes no cursor of another order, no id that is none and no text that nothing can hold', async () => {
    const { pageInfo } = await listed({ first: 1 })
    const wrong: [object, string][] = [
      [{ after: pageInfo.endCursor, orderBy: 'NAME' }, 'after: '],
      [{ after: pageInfo.endCursor, descending: true }, 'after: '],
      [{ after: Buffer.from('1001').toString('base64url') }, 'after: '],
      [{ first: 101 }, 'first: '],
      [{ filter: { departmentId: 'Vertrieb' } }, 'filter.departmentId: '],
      [{ filter: { personnelNumber: 'a\0' } }, 'filter.personnelNumber: '],
      [{ filter: { search: 'a\ud800' } }, 'filter.search: '],
      [{ filter: { search: 'x'.repeat(201) } }, 'filter.search: '],
      [{ filter: { search: 'a b c d e f g h i j k' } }, 'filter.search: '],
    ]
    for (const [variables, told] of wrong) {
      const { errors } = await listed(variables)
      expect(errors[0]).toMatchObject({
        message: expect.stringContaining(told),
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
  })

  test('is read on without a gap while rows come in before and behind', async () => {
    const first = await listed({ orderBy: 'NAME', first: 3 })
    expect(first.numbers).toEqual(['A-10', '999', '1001'])
    await hire({ number: 'NEW-1', name: 'Ada Adler', startsOn: '2027-01-01' })
    await hire({ number: 'NEW-2', name: 'Nora Nord', startsOn: '2027-01-01' })
    const second = await listed({ orderBy: 'NAME', first: 10, after: first.pageInfo.endCursor })
    expect(second.numbers).toEqual(['A-2', 'NEW-2', '70', '8', '7'])
    // Whoever marries moves in the list; the page behind her old place is still found.
    await hr.sql(`update employee set last_name = 'Aal' where personnel_number = '1001'`)
    expect((await listed({ orderBy: 'NAME', first: 10, after: first.pageInfo.endCursor })).numbers).toEqual(
      second.numbers,
    )
    expect(second.totalCount).toBe(people.length + 2)
  })

  test('shows a tenant nothing of another', async () => {
    expect(await listed({ filter: { search: 'müller' } }, stranger)).toMatchObject({ numbers: [], totalCount: 0 })
  })
})
