import { describe, expect, test } from 'vitest'
import { otherChanges, stepChanges } from './difference.ts'

const step = (name: string, more: object = {}) => ({ name, kind: 'step', ...more })
const shape = (...steps: ReturnType<typeof step>[]) => ({ name: 'probe', version: 1, deadlineDays: 30, steps })
const told = (...given: Parameters<typeof stepChanges>) =>
  stepChanges(...given).map(({ name, change }) => `${change} ${name}`)

describe('two versions of a definition', () => {
  test('that are alike differ in nothing', () => {
    expect(told(shape(step('a'), step('b')), shape(step('a'), step('b')))).toEqual([])
    expect(otherChanges(shape(), { ...shape(), version: 2 })).toEqual([])
  })

  test('differ in steps that came, went, or do something else', () => {
    const [old, now] = [
      shape(step('a'), step('b'), step('c')),
      shape(step('a'), step('new'), step('c', { kind: 'pivot' })),
    ]
    expect(told(old, now)).toEqual(['ADDED new', 'CHANGED c', 'REMOVED b'])
    expect(stepChanges(old, now)[1]).toMatchObject({ before: { kind: 'step' }, after: { kind: 'pivot' } })
  })

  test('differ in the order of their steps', () => {
    expect(told(shape(step('a'), step('b')), shape(step('b'), step('a')))).toEqual(['MOVED b', 'MOVED a'])
  })

  test('differ in what is no step', () => {
    const other = { ...shape(), version: 2, deadlineDays: 60, rolledBack: null }
    expect(otherChanges(shape(), other)).toEqual(['deadlineDays', 'rolledBack'])
  })
})
