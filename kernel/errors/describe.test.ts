import { describe, expect, it } from 'vitest'
import { bug, describeError, fault, refuse } from './index.ts'

const everything = (thrown: unknown) => JSON.stringify(describeError(thrown))

describe('what may be written down about an error', () => {
  it('tells kind, code, message and facts of our own errors', () => {
    const described = describeError(refuse('EMPLOYEE_NOT_DRAFT', 'the employee is ACTIVE', { id: 'e1' }))
    expect(described).toMatchObject({
      name: 'Refusal',
      kind: 'refusal',
      code: 'EMPLOYEE_NOT_DRAFT',
      message: 'the employee is ACTIVE',
      facts: { id: 'e1' },
    })
    expect(described.stack).toContain('describe.test.ts')
  })

  it('leaves out the message of a foreign error, in the stack too', () => {
    const error = new Error('invalid input syntax for type date: "born Müller\n    at 1.1.1970"')
    expect(everything(error)).not.toMatch(/Müller|1970/)
    expect(describeError(error).stack).toContain('describe.test.ts')
  })

  it('tells which constraint was broken, but not by which values', () => {
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'employee_email_key',
      detail: 'Key (email)=(erika@example.org) already exists.',
      where: 'erika@example.org',
      parameters: ['erika@example.org'],
    })
    expect(describeError(error)).toMatchObject({ code: '23505', facts: { constraint: 'employee_email_key' } })
    expect(everything(error)).not.toContain('erika')
  })

  it('follows causes, and gives up on endless ones', () => {
    const endless = new Error('x')
    endless.cause = endless
    const described = describeError(fault('DATABASE_DOWN', 'the database does not answer', { cause: endless }))
    expect(described.cause).toMatchObject({ name: 'Error' })
    expect(describeError(bug('IMPOSSIBLE', 'this cannot be', { cause: 'Erika' })).cause).toEqual({ name: 'string' })
  })

  it('tells what each of several errors was', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', port: 5432 })
    expect(describeError(new AggregateError([refused], 'all failed')).errors).toMatchObject([
      { code: 'ECONNREFUSED', facts: { port: 5432 } },
    ])
  })

  it('says no more than the type of what is not an error', () => {
    expect([describeError('Erika'), describeError(null), describeError({ name: 'Erika' })]).toEqual([
      { name: 'string' },
      { name: 'null' },
      { name: 'object' },
    ])
  })
})
