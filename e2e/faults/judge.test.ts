import { describe, expect, it } from 'vitest'
import { type Effect, type Evidence, type Instance, judge } from './judge.ts'

const steps = [
  { name: 'reserve', kind: 'step', branch: 'north' },
  { name: 'release', kind: 'approval', branch: 'south' },
  { name: 'book', kind: 'pivot', branch: 'north' },
]
const done = (step: string, branch: string, kind: Effect['kind'] = 'DONE', version = 1): Effect => ({
  ...{ process: 'transfer', subject: 's', version, step, branch, kind },
})
const booked = [done('reserve', 'north'), done('release', 'south'), done('book', 'north')]
const rolledBack = [done('reserve', 'north'), done('reserve', 'north', 'UNDONE'), done('rolledBack', 'north', 'CLOSED')]

/** One transfer that was asked for, how it ended, and what it left behind. */
function of(
  instance: Partial<Instance> | null,
  effects: readonly Effect[],
  asked: { refuse?: string; verdict?: string | null } = {},
) {
  const { refuse = null, verdict = 'APPROVED' } = asked
  const whole = { definition: 'transfer', version: 1, subject: 's', state: 'COMPLETED', refused: [], cancelled: false }
  const evidence: Evidence = {
    asked: [{ subject: 's', refuse, verdict }],
    definitions: [1, 2].map((version) => ({ name: 'transfer', version, steps })),
    instances: instance ? [{ ...whole, ...instance }] : [],
    effects,
  }
  const { started, completed, compensated, ...wrong } = judge(evidence)
  return Object.fromEntries(Object.entries(wrong).filter(([, n]) => n > 0))
}

describe('what is left behind is right', () => {
  it('when each step of a completed saga has left one effect', () => {
    expect(of({}, booked)).toEqual({})
  })
  it('when nothing was to be decided, and nothing was', () => {
    expect(of({}, [done('reserve', 'north'), done('book', 'north')], { verdict: null })).toEqual({})
  })
  it('when all was undone that was done', () => {
    expect(of({ state: 'COMPENSATED', cancelled: true }, rolledBack)).toEqual({})
  })
  it('when a decision went against it, which leaves nothing to withdraw', () => {
    const instance = { state: 'COMPENSATED', refused: ['release'] }
    expect(of(instance, [...rolledBack, done('release', 'south')], { verdict: 'REJECTED' })).toEqual({})
  })
})

describe('it is wrong', () => {
  const compensated = { state: 'COMPENSATED', cancelled: true }
  it.each<[string, ReturnType<typeof of>, object]>([
    ['that a transfer never began', of(null, []), { lost: 1 }],
    ['that it has not ended', of({ state: 'RUNNING' }, []), { lost: 1 }],
    ['that it is stuck', of({ state: 'STUCK' }, []), { stuck: 1 }],
    ['that a step was done twice', of({}, [...booked, done('book', 'north')]), { twice: 1 }],
    ['that an effect belongs to no saga', of(null, [done('book', 'north')]), { lost: 1, orphaned: 1 }],
    ['that a step was not undone', of(compensated, [...rolledBack, done('release', 'south')]), { orphaned: 1 }],
    ['that a pivot was done and rolled back', of(compensated, [...rolledBack, done('book', 'north')]), { orphaned: 1 }],
    ['that something was undone that was never done', of(compensated, rolledBack.slice(1)), { orphaned: 1 }],
    ['that an effect is missing', of({}, booked.slice(1)), { missing: 1 }],
    [
      'that a step of another version was done',
      of({}, [...booked.slice(0, 2), done('book', 'north', 'DONE', 2)]),
      { missing: 1, orphaned: 1 },
    ],
    ['that it was completed in spite of a refusal', of({}, booked, { refuse: 'book' }), { endedWrongly: 1 }],
    ['that it was completed in spite of a cancel', of({ cancelled: true }, booked), { endedWrongly: 1 }],
    [
      'that a step that said no was done all the same',
      of({ state: 'COMPENSATED', refused: ['reserve'] }, [rolledBack[0], rolledBack[2]] as Effect[], {
        refuse: 'reserve',
      }),
      { orphaned: 1 },
    ],
    ['that it was completed in spite of a no', of({}, booked, { verdict: 'REJECTED' }), { endedWrongly: 1 }],
    ['that it was rolled back for nothing', of({ state: 'COMPENSATED' }, rolledBack), { endedWrongly: 1 }],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })
})
