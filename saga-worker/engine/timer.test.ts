import { describe, expect, it } from 'vitest'
import { given } from './given.ts'
import { saga } from './saga.ts'
import { endOf, waitUntil } from './timer.ts'

const send = (mutation: string) => ({ subgraph: 'probe', mutation, input: {} })
const startOn = { type: 'probe.Began', parse: (payload: unknown) => payload as { until: string } }
const begin = () =>
  saga({ name: 'probe', version: 1, owner: 'nobody', startOn, correlateBy: () => 'x', deadlineDays: 30 })
const start = { until: '2027-01-01' }

describe('the end of a timer', () => {
  const endsAt = (until: string) => endOf(waitUntil(until))

  it('is an instant, or the midnight in Germany with which a date begins', () => {
    expect(endsAt('2027-01-01T12:00:00+02:00')).toBe('2027-01-01T10:00:00.000Z')
    expect(endsAt('2027-01-01')).toBe('2026-12-31T23:00:00.000Z')
    expect(endsAt('2027-07-01')).toBe('2027-06-30T22:00:00.000Z')
  })

  it('knows the days on which the clocks change', () => {
    expect(['2027-03-28', '2027-03-29'].map(endsAt)).toEqual(['2027-03-27T23:00:00.000Z', '2027-03-28T22:00:00.000Z'])
    expect(['2027-10-31', '2027-11-01'].map(endsAt)).toEqual(['2027-10-30T22:00:00.000Z', '2027-10-31T23:00:00.000Z'])
  })

  it('is nothing that one could mistake', () => {
    expect(() => endsAt('2027-02-30')).toThrow()
    expect(() => endsAt('2027-01-01T12:00:00')).toThrow()
  })
})

describe('a saga that waits for a date', () => {
  const before = begin()
    .step('first', { command: () => send('first'), compensate: () => send('undo') })
    .timer('wait', { until: ({ start }) => start.until })
    .pivot('act', { command: ({ wait }) => ({ ...send('act'), input: { waited: wait.until } }) })
  const waiting = () => given(before, start).expects(send('first')).answers({}).is('WAITING')

  it('goes on when it has come', () => {
    const act = { ...send('act'), input: { waited: '2026-12-31T23:00:00.000Z' } }
    waiting().timePasses().expects(act).endsCompleted(act)
  })

  it('rolls back when its deadline comes first, or an operator cancels', () => {
    waiting().deadlinePasses().endsRolledBack(send('undo'))
    waiting().ordered('CANCEL').endsRolledBack(send('undo'))
  })

  it('waits behind the pivot however long it takes', () => {
    const behind = begin()
      .pivot('act', { command: () => send('act') })
      .timer('wait', { until: ({ start }) => start.until })
      .retriable('last', { command: () => send('last') })
    const waits = given(behind, start).answers({}).is('WAITING').deadlinePasses().is('WAITING')
    waits.timePasses().endsCompleted(send('last'))
  })

  it('calls a person when what it shall wait for is no date', () => {
    given(before, { until: 'soon' }).answers({}).is('STUCK')
  })

  it('may begin by waiting', () => {
    const first = begin()
      .timer('wait', { until: ({ start }) => start.until })
      .pivot('act', { command: () => send('act') })
    given(first, start).is('WAITING').timePasses().endsCompleted(send('act'))
  })
})
