import { describe, expect, it } from 'vitest'
import type { Command } from './command.ts'
import { shapeOf } from './definition.ts'
import { given } from './given.ts'
import { saga } from './saga.ts'
import { simulate } from './simulate.ts'

const subject = { policy: 'probe', subjectType: 'Probe', subjectId: 'x' }
const go = <Answer>(mutation: string, input: object = {}): Command<Answer> => ({ subgraph: 'probe', mutation, input })
const ask = go<{ requestId: string }>('ask', subject)

const probe = saga({
  ...{ name: 'probe', version: 1, owner: 'nobody', deadlineDays: 1 },
  startOn: { type: 'probe.Started', parse: (payload) => payload as { id: string } },
  correlateBy: ({ id }) => id,
})
  .check('amount', { command: () => go<{ much: boolean }>('weigh') })
  .approvalWhereDue('consent', {
    due: ({ amount }) => amount.much,
    request: () => ask,
    withdraw: () => go('withdraw'),
  })
  .pivot('act', { command: ({ consent }) => go('act', { proof: consent?.attestation }) })
  .onRolledBack(() => go('end'))

const weighed = (much: boolean) => given(probe, { id: 'x' }).expects(go('weigh')).answers({ much })

describe('a step that is not always due', () => {
  it('is passed over where it is not, and the steps behind it do without its answer', () => {
    weighed(false).expects(go('act')).answers({}).endsCompleted()
  })

  it('is taken where it is, and gives its answer', () => {
    weighed(true)
      .expects(ask)
      .answers({ requestId: 'r' })
      .approved('proof')
      .expects(go('act', { proof: 'proof' }))
  })

  it('is undone only when it was taken, and a check never', () => {
    weighed(false).refuses('NO').endsRolledBack(go('end'))
    weighed(true).answers({ requestId: 'r' }).approved().refuses('NO').endsRolledBack(go('withdraw'), go('end'))
    weighed(true).answers({ requestId: 'r' }).rejected().endsRolledBack(go('end'))
  })

  it('is taken when nobody can say whether it is due', () => {
    const doubtful = saga({
      ...{ name: 'probe', version: 1, owner: 'nobody', deadlineDays: 1 },
      startOn: { type: 'probe.Started', parse: (payload) => payload as { id: string } },
      correlateBy: ({ id }) => id,
    }).approvalWhereDue('consent', {
      due: () => {
        throw new TypeError('no answer to read')
      },
      request: () => ask,
      withdraw: () => go('withdraw'),
    })
    given(doubtful, { id: 'x' }).expects(ask)
  })

  it('shows in the shape of the definition what it depends on', () => {
    expect(shapeOf(probe).steps.map(({ name, due }) => [name, due])).toEqual([
      ['amount', undefined],
      ['consent', '$amount.much'],
      ['act', undefined],
    ])
  })

  it('is simulated both ways', () => {
    const asked = Array.from({ length: 50 }, (_, seed) => {
      return simulate(probe, { id: 'x' }, seed).commands.some(({ mutation }) => mutation === 'ask')
    })
    expect(new Set(asked)).toEqual(new Set([true, false]))
  })
})
