import { describe, expect, it } from 'vitest'
import { monthOf } from '../calendar.ts'
import { employee } from '../payslip/testing/contracts.ts'
import { careTerms, coverageOf, monthOfRegularAge } from './coverage.ts'

const in2026 = monthOf('2026-05')
const person = employee.person

describe('who is insured', () => {
  it('is an employee in every branch', () => {
    expect(coverageOf(employee, in2026)).toEqual({
      health: 'general',
      care: 'full',
      pension: 'full',
      unemployment: 'full',
      isMiniJob: false,
    })
  })

  it('is a working student in pension insurance alone', () => {
    expect(coverageOf({ ...employee, kind: 'workingStudent' }, in2026)).toMatchObject({
      health: 'none',
      care: 'none',
      pension: 'full',
      unemployment: 'none',
    })
  })

  it('is a pensioner below the regular age in full, without sick pay', () => {
    const early = { ...employee, person: { ...person, birthDate: '1962-06-15', fullOldAgePension: true } }
    expect(coverageOf(early, in2026)).toMatchObject({ health: 'reduced', pension: 'full', unemployment: 'full' })
  })

  it('is a pensioner past the regular age no longer, while the employer pays its halves', () => {
    const late = { ...employee, person: { ...person, birthDate: '1955-06-15', fullOldAgePension: true } }
    expect(coverageOf(late, in2026)).toMatchObject({
      health: 'reduced',
      pension: 'employerHalf',
      unemployment: 'employerHalf',
    })
    expect(coverageOf({ ...late, pensionChoice: 'waivesFreedom' }, in2026)).toMatchObject({ pension: 'full' })
  })

  it('past the regular age without a pension stays insured for old age and loses unemployment insurance', () => {
    const working = { ...employee, person: { ...person, birthDate: '1955-06-15' } }
    expect(coverageOf(working, in2026)).toMatchObject({
      health: 'general',
      pension: 'full',
      unemployment: 'employerHalf',
    })
  })

  it('is a mini-jobber for old age, unless opted out', () => {
    const miniJob = { ...employee, kind: 'miniJob' as const }
    expect(coverageOf(miniJob, in2026)).toMatchObject({ health: 'flat', pension: 'full', unemployment: 'none' })
    expect(coverageOf({ ...miniJob, pensionChoice: 'optedOut' }, in2026)).toMatchObject({ pension: 'flat' })
  })

  it('reaches the regular age by the table of § 235 SGB VI', () => {
    const ageOf = (birthDate: string) =>
      monthOfRegularAge({ birthDate, childBirthDates: [] }) - monthOf(birthDate.slice(0, 7))
    expect(['1946-12-31', '1947-01-15', '1958-07-15', '1959-07-15', '1963-07-15', '1964-07-15'].map(ageOf)).toEqual([
      780, 781, 792, 794, 802, 804,
    ])
  })
})

describe('the care contribution of a family', () => {
  const terms = (birthDate: string, childBirthDates: readonly string[], month = '2026-05') =>
    careTerms({ ...employee, person: { birthDate, childBirthDates } }, monthOf(month))

  it('is supplemented after the month in which the childless complete their 23rd year', () => {
    expect(terms('2003-05-02', [], '2026-05').childless).toBe(false)
    expect(terms('2003-05-02', [], '2026-06').childless).toBe(true)
  })

  it('is supplemented a month earlier for who was born on a first', () => {
    expect(terms('2003-05-01', [], '2026-05').childless).toBe(true)
  })

  it('is never supplemented for who was born before 1940 or has ever had a child', () => {
    expect(terms('1939-12-31', []).childless).toBe(false)
    expect(terms('1970-01-15', ['1990-01-01']).childless).toBe(false)
  })

  it('counts children under 25 from the second to the fifth', () => {
    const children = (count: number) => Array.from({ length: count }, () => '2015-03-09')
    expect([0, 1, 2, 3, 5, 7].map((count) => terms('1980-01-15', children(count)).childDiscounts)).toEqual([
      0, 0, 1, 2, 4, 4,
    ])
  })

  it('counts a child to the end of the month in which it completes its 25th year', () => {
    const children = ['2001-05-20', '2010-01-15']
    expect(terms('1975-01-15', children, '2026-05').childDiscounts).toBe(1)
    expect(terms('1975-01-15', children, '2026-06').childDiscounts).toBe(0)
  })

  it('counts a child from the month of its birth', () => {
    expect(terms('1990-01-15', ['2026-05-31'], '2026-04').childless).toBe(true)
    expect(terms('1990-01-15', ['2026-05-31'], '2026-05').childless).toBe(false)
  })
})
