import assert from 'node:assert/strict'
import { patientRetry } from './backoff.ts'
import type { AnyCommand, Outcome } from './command.ts'
import { currentStep, type Instance, type SignalKind, unborn } from './instance.ts'
import { applied, type Move } from './move.ts'
import type { Saga } from './saga.ts'
import { onSignal, plan } from './signal.ts'
import { begin, onLock, onOutcome } from './transition.ts'

const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'given-in-a-test' }

/**
 * Tells a saga's story without a database: what it was started with, which command it then gives, what is
 * answered, and how it ends. An expectation that is not met throws, and shows the difference.
 *
 *     given(hireEmployee, drafted)
 *       .expects(payroll.openAccount({ … })).answers({ accountId })
 *       .expects(approvals.requestApproval({ … })).answers({ requestId }).rejected()
 *       .endsRolledBack(payroll.closeAccount({ … }), hr.withdrawDraft({ … }))
 */
export function given<Start extends object>(saga: Saga, start: Start) {
  let instance = unborn(saga, saga.startOn.parse(start), { tenantId: cause.person, causedBy: cause, traceparent: null })
  let signals = 0

  const apply = (move: Move) => {
    instance = applied(instance, move, instance)
  }
  const settle = (outcome: Outcome) => {
    assert.ok('send' in plan(saga, instance, patientRetry), `no command is under way: the saga is ${instance.state}`)
    apply(onOutcome(saga, instance, outcome, 0, patientRetry))
    return story
  }
  const tell = (kind: SignalKind, payload: object, note: string | null) => {
    const move = onSignal(saga, instance, { id: String(++signals), kind, payload, note })
    assert.ok(move, `${kind} must wait: the saga is ${instance.state}`)
    apply(move)
    return story
  }
  const decide = (verdict: 'APPROVED' | 'REJECTED' | 'EXPIRED', attestation?: string) => {
    assert.equal(instance.state, 'WAITING', 'nothing awaits a decision')
    const request = currentStep(instance)?.command.input
    return tell('DECISION', { ...request, ...(currentStep(instance)?.answer as object), verdict, attestation }, null)
  }
  const ends = (state: Instance['state'], commands: readonly AnyCommand[]) => {
    const sent: AnyCommand[] = []
    for (
      let planned = plan(saga, instance, patientRetry);
      'send' in planned;
      planned = plan(saga, instance, patientRetry)
    ) {
      sent.push(planned.send.command)
      settle({ kind: 'done', answer: {} })
      if (instance.state === 'COMPLETED' || instance.state === 'COMPENSATED') break
    }
    assert.equal(instance.state, state)
    if (commands.length > 0) assert.deepEqual(sent, commands)
  }

  const story = {
    /** The command under way is this one. */
    expects(command: AnyCommand) {
      const planned = plan(saga, instance, patientRetry)
      // A follow-up is no step of its own: the approval goes on waiting.
      if (instance.state === 'WAITING' && 'send' in planned) {
        assert.deepEqual(planned.send.command, command)
        return story
      }
      assert.deepEqual(currentStep(instance)?.command, command)
      assert.equal(currentStep(instance)?.status, 'STARTED', 'the command is not under way any more')
      return story
    },
    /** It is done, and this is its answer. */
    answers: (answer: object) => settle({ kind: 'done', answer }),
    refuses: (code: string) => settle({ kind: 'refused', code, message: code }),
    /** Nobody knows whether it was done. */
    goesUnanswered: () => settle({ kind: 'inDoubt', code: 'TIMEOUT', message: 'no answer' }),
    /** A conflict or a bug. */
    halts: (code: string) => settle({ kind: 'halted', code, message: code }),
    approved: (attestation = 'attestation') => decide('APPROVED', attestation),
    rejected: () => decide('REJECTED'),
    /** An event says what there is to decide now, by its hash. */
    changed: (contentHash: string) => tell('CHANGED', { contentHash }, null),
    /** The request's own time ran out. */
    expired: () => decide('EXPIRED'),
    /** The saga's deadline passes. */
    deadlinePasses() {
      instance = { ...instance, overdue: true }
      const planned = plan(saga, instance, patientRetry)
      if ('move' in planned) apply(planned.move)
      return story
    },
    /** The time has come that a timer, or an approval, waits for. */
    timePasses() {
      assert.equal(instance.state, 'WAITING', 'nothing waits')
      instance = { ...instance, reached: true }
      const planned = plan(saga, instance, patientRetry)
      if ('move' in planned) apply(planned.move)
      return story
    },
    ordered: (kind: 'CANCEL' | 'REDRIVE' | 'RESUME' | 'SKIP', note = 'by an operator') => tell(kind, {}, note),
    /** It stands still in this state. */
    is(state: Instance['state']) {
      assert.equal(instance.state, state)
      return story
    },
    /** What is left is done, in this order if it is given, and then the saga is completed. */
    endsCompleted: (...commands: AnyCommand[]) => ends('COMPLETED', commands),
    /** What is left is compensated, in this order if it is given, and then the saga is rolled back. */
    endsRolledBack: (...commands: AnyCommand[]) => ends('COMPENSATED', commands),
  }
  apply(begin(saga, instance))
  // Alone in its story a saga gets its locks at once.
  if (currentStep(instance)?.kind === 'lock') apply(onLock(saga, instance, null))
  return story
}
