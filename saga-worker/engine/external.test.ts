import { describe, expect, it } from 'vitest'
import { type Command, external } from './command.ts'
import { given } from './given.ts'
import { unborn } from './instance.ts'
import { saga } from './saga.ts'
import { replay, simulate } from './simulate.ts'
import { begin } from './transition.ts'

const go = (mutation: string): Command<object> => ({ subgraph: 'shop', mutation, input: {} })
const reserve = external<object>('bank', 'reserve', {})
const release = external<object>('bank', 'release', {})
const pay = external<object>('bank', 'pay', {})
const tell = external<object>('post', 'tell', {})

const blank = () =>
  saga({
    ...{ name: 'order', version: 1, owner: 'nobody', deadlineDays: 1 },
    startOn: { type: 'shop.Ordered', parse: (payload) => payload as { id: string } },
    correlateBy: ({ id }) => id,
  })

const order = blank()
  .step('pick', { command: () => go('pick'), compensate: () => go('putBack') })
  .external('money', { command: () => reserve, compensate: () => release })
  .externalPivot('payment', { command: () => pay })
  .external('letter', { command: () => tell })
  .onRolledBack(() => go('close'))

const picked = () => given(order, { id: 'x' }).expects(go('pick')).answers({})
const paying = () => picked().expects(reserve).answers({}).expects(pay)

describe('a step that calls a system outside', () => {
  it('is sent and answered like any other', () => {
    paying().answers({}).expects(tell).answers({}).endsCompleted()
  })

  it('is undone outside, also when nobody knows whether it was done', () => {
    picked().expects(reserve).refuses('NO_MONEY').endsRolledBack(go('putBack'), go('close'))
    paying().refuses('NO').endsRolledBack(release, go('putBack'), go('close'))
    picked().expects(reserve).goesUnanswered().ordered('CANCEL').endsRolledBack(release, go('putBack'), go('close'))
  })

  it('is never undone as a pivot in doubt: it is asked again, whoever orders what', () => {
    paying()
      .goesUnanswered()
      .ordered('CANCEL')
      .expects(pay)
      .deadlinePasses()
      .expects(pay)
      .answers({})
      .endsCompleted(tell)
    paying().halts('HTTP_400').is('STUCK').ordered('CANCEL').is('STUCK').ordered('REDRIVE').expects(pay)
  })

  it('calls a person when it is refused behind the pivot', () => {
    paying().answers({}).expects(tell).refuses('NO_ADDRESS').is('STUCK').ordered('CANCEL').is('STUCK')
  })

  it('that asks only has nothing to undo', () => {
    const asking = blank()
      .external('rating', { command: () => external('bank', 'rate', {}), compensate: null })
      .pivot('act', { command: () => go('act') })
    given(asking, { id: 'x' }).answers({}).expects(go('act')).refuses('NO').is('COMPENSATED')
  })

  it('goes the same ways whatever happens, and is not undone once it may be the pivot', () => {
    const histories = Array.from({ length: 300 }, (_, seed) => simulate(order, { id: 'x' }, seed))
    for (const history of histories) {
      expect(replay(order, history)).toEqual({ commands: history.commands, end: history.end })
      const refused = history.told.some((one) => 'outcome' in one && one.outcome.kind === 'refused')
      const paid = history.commands.some(({ mutation }) => mutation === 'pay')
      if (paid && !refused) expect(history.end).toBe('COMPLETED')
    }
    expect(new Set(histories.map(({ end }) => end))).toEqual(new Set(['COMPLETED', 'COMPENSATED']))
  })
})

describe('a definition that got past the compiler', () => {
  const begun = (command: unknown, kind: 'step' | 'external') => {
    const step = { command: () => command as never, compensate: () => go('undo') }
    const wrong = kind === 'step' ? blank().step('first', step) : blank().external('first', step)
    const from = { tenantId: 't', causedBy: {} as never, traceparent: null }
    return begin(wrong, unborn(wrong, { id: 'x' }, from))
  }

  it('is stopped where it calls outside by another step, or by an external one something else', () => {
    expect(begun(pay, 'step')).toMatchObject({ state: 'STUCK', starts: null, trouble: { code: 'COMMAND_MISPLACED' } })
    expect(begun(go('pay'), 'external')).toMatchObject({ state: 'STUCK', trouble: { code: 'COMMAND_MISPLACED' } })
    expect(begun(pay, 'external')).toMatchObject({ state: 'RUNNING', starts: { command: pay, kind: 'external' } })
  })
})
