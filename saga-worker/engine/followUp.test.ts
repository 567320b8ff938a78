import { describe, expect, it } from 'vitest'
import { callOutside, probe } from '../testing/faultModel.ts'
import { patientRetry } from './backoff.ts'
import { followUpOf, onFollowUp } from './followUp.ts'
import { given } from './given.ts'
import { currentStep, type Instance, keyOf, unborn } from './instance.ts'
import { applied } from './move.ts'
import { begin, onLock, onOutcome } from './transition.ts'

const command = (mutation: string) => ({ subgraph: 'probe', mutation, input: {} })
const q = { ...command('q'), input: { policy: 'probe', subjectType: 'Probe', subjectId: 'x' } }
const times = ['2026-11-23T08:00:00.000Z', '2026-11-24T00:00:00.000Z', '2026-12-07T00:00:00.000Z'] as const
const followUp = (at: string) => ({ ...command('followUpRequest'), input: { requestId: 'r1', at } })
const waiting = () =>
  given(probe, { id: 'x' })
    .expects(callOutside('a'))
    .answers({})
    .expects(q)
    .answers({ requestId: 'r1', followUpAt: times[0] })
    .is('WAITING')

describe('an approval that nobody decides', () => {
  it('is followed up at each time that approvals name, and goes on waiting', () => {
    waiting()
      .timePasses()
      .expects(followUp(times[0]))
      .answers({ followUpAt: times[1] })
      .is('WAITING')
      .timePasses()
      .expects(followUp(times[1]))
      .answers({ followUpAt: times[2] })
      .is('WAITING')
      .approved()
      .expects(command('p'))
  })

  it('is rolled back when approvals let it expire', () => {
    waiting()
      .timePasses()
      .expects(followUp(times[0]))
      .answers({ followUpAt: null })
      .is('WAITING')
      .expired()
      .endsRolledBack(callOutside('undo-a'), command('z'))
  })

  it('is asked again when the follow-up is not answered, and never stuck for it', () => {
    waiting()
      .timePasses()
      .goesUnanswered()
      .is('WAITING')
      .timePasses()
      .halts('INTERNAL')
      .is('WAITING')
      .timePasses()
      .expects(followUp(times[0]))
      .refuses('APPROVAL_REQUEST_NOT_FOUND')
      .is('WAITING')
      .deadlinePasses()
      .endsRolledBack(command('undo-q'), callOutside('undo-a'), command('z'))
  })

  it('names each follow-up once for all: the same after a crash, another the next time', () => {
    const before = asking({ requestId: 'r1', followUpAt: times[0] })
    const key = keyOfFollowUp(before)
    expect(key).toBe('s1:q.0.followUp:forward:0')
    expect(keyOfFollowUp({ ...before, fence: '7' })).toBe(key)
    const row = currentStep(before)
    if (!row) throw new Error('nothing is under way')
    const outcome = { kind: 'done', answer: { followUpAt: times[1] } } as const
    const after = applied(before, onFollowUp(before, row, outcome, 0, patientRetry), before)
    expect(keyOfFollowUp(after)).toBe('s1:q.0.followUp:forward:1')
  })
})

/** The probe, waiting for its decision. */
function asking(answer: object): Instance {
  const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'in-a-test' }
  let instance = { ...unborn(probe, { id: 'x' }, { tenantId: 't', causedBy: cause, traceparent: null }), id: 's1' }
  instance = applied(instance, begin(probe, instance), instance) as typeof instance
  instance = applied(instance, onLock(probe, instance, null), instance) as typeof instance
  for (const given of [{}, answer])
    instance = applied(
      instance,
      onOutcome(probe, instance, { kind: 'done', answer: given }, 0, patientRetry),
      instance,
    ) as typeof instance
  return instance
}

function keyOfFollowUp(instance: Instance): string | undefined {
  const row = currentStep(instance)
  const sent = row && followUpOf(row)
  return sent ? keyOf(instance.id, sent) : undefined
}
