import { describe, expect, test } from 'vitest'
import { assertOpen, close, reopen } from './account.ts'

const day = new Date('2027-01-01')

describe('a payroll account', () => {
  test('is opened again without anything that was filled in before', () => {
    const { status, opensOn, ...rest } = reopen({ status: 'CLOSED' }, day)
    expect({ status, opensOn }).toEqual({ status: 'OPEN', opensOn: day })
    expect(Object.values(rest).every((value) => value === null)).toBe(true)
  })

  test('is not opened twice', () => {
    expect(() => reopen({ status: 'OPEN' }, day)).toThrow(expect.objectContaining({ code: 'PAYROLL_ACCOUNT_EXISTS' }))
  })

  test('is kept as it was once it is closed', () => {
    expect(() => assertOpen(close(day))).toThrow(expect.objectContaining({ code: 'PAYROLL_ACCOUNT_CLOSED' }))
    expect(() => assertOpen({ status: 'OPEN' })).not.toThrow()
  })
})
