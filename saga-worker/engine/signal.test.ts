import { describe, it } from 'vitest'
import { callOutside, probe } from '../testing/faultModel.ts'
import { given } from './given.ts'

const command = (mutation: string) => ({ subgraph: 'probe', mutation, input: {} })
const q = { ...command('q'), input: { policy: 'probe', subjectType: 'Probe', subjectId: 'x' } }

const begun = () => given(probe, { id: 'x' })
const waiting = () =>
  begun().expects(callOutside('a')).answers({}).expects(q).answers({ requestId: 'r1' }).is('WAITING')
const atPivot = () => waiting().approved().expects(command('p'))
const behindPivot = () => atPivot().answers({}).expects(command('r'))

describe('an operator', () => {
  it('cancels a saga that is under way: what is in doubt is undone too', () => {
    begun().goesUnanswered().ordered('CANCEL').endsRolledBack(callOutside('undo-a'), command('z'))
    begun().answers({}).ordered('CANCEL').endsRolledBack(command('undo-q'), callOutside('undo-a'), command('z'))
  })

  it('cancels a saga that is stuck', () => {
    begun().halts('KEY_REUSED').is('STUCK').ordered('CANCEL').endsRolledBack(callOutside('undo-a'), command('z'))
  })

  it('cannot cancel behind the pivot, nor while it is in doubt, nor on the way back', () => {
    atPivot().goesUnanswered().ordered('CANCEL').expects(command('p')).endsCompleted()
    behindPivot().ordered('CANCEL').expects(command('r')).endsCompleted()
    waiting().rejected().ordered('CANCEL').endsRolledBack(callOutside('undo-a'), command('z'))
  })

  it('has a stuck step asked again, and its answer is the answer', () => {
    begun()
      .halts('INTERNAL')
      .is('STUCK')
      .ordered('REDRIVE')
      .is('RUNNING')
      .expects(callOutside('a'))
      .answers({})
      .expects(q)
    behindPivot().refuses('NO').is('STUCK').ordered('REDRIVE').expects(command('r')).endsCompleted()
    atPivot().halts('INTERNAL').is('STUCK').ordered('REDRIVE').expects(command('p')).answers({}).endsCompleted()
  })

  it('has a stuck compensation asked again', () => {
    waiting().rejected().refuses('NO').is('STUCK').ordered('REDRIVE').is('COMPENSATING')
  })

  it('skips a step behind the pivot, or a compensation, that was done by hand; nothing before the pivot', () => {
    behindPivot().refuses('NO').ordered('SKIP').endsCompleted()
    waiting().rejected().refuses('NO').ordered('SKIP').expects(command('z')).endsRolledBack(command('z'))
    begun().halts('INTERNAL').ordered('SKIP').is('STUCK')
  })

  it('cannot redrive, resume or skip what goes by itself', () => {
    begun().ordered('REDRIVE').ordered('SKIP').ordered('RESUME').is('RUNNING').expects(callOutside('a'))
    waiting().ordered('RESUME').is('WAITING')
  })
})

describe('a decision', () => {
  it('that comes without its proof calls a person', () => {
    waiting().approved('').is('STUCK')
  })
})

describe('a deadline', () => {
  it('stops what has not begun, never what is under way', () => {
    begun().deadlinePasses().expects(callOutside('a')).answers({}).endsRolledBack(callOutside('undo-a'), command('z'))
    waiting().deadlinePasses().endsRolledBack(command('undo-q'), callOutside('undo-a'), command('z'))
  })

  it('stops nothing behind the pivot', () => {
    behindPivot().deadlinePasses().expects(command('r')).endsCompleted()
    atPivot().deadlinePasses().expects(command('p')).answers({}).endsCompleted(command('r'))
  })
})
