import { z } from 'zod'
import { type Instance, type StepRow, stepAt } from './instance.ts'
import type { Saga } from './saga.ts'

// What was put to a decision may change before it is decided, and before it is done. Then the saga turns back to
// the step that read it: everything behind that step is undone, the request withdrawn, and all of it done again
// with what there is now. It is no rollback: the saga goes on, and each step it does again is a new round.

const hashed = z.object({ contentHash: z.string() })

/** Whether a request asks already for what an event says there is now. */
export function asksFor(request: StepRow, told: unknown): boolean {
  const [asked, now] = [hashed.safeParse(request.command.input).data, hashed.safeParse(told).data]
  return asked !== undefined && asked.contentHash === now?.contentHash
}

/** The seq that a refusal turns the saga back to; undefined where it stands. */
export function turnsBackTo(saga: Saga, instance: Instance, code: string): number | undefined {
  const seq = saga.steps.findLastIndex(({ anew }, place) => place < instance.cursor && anew?.refusal === code)
  return seq < 0 ? undefined : turningPoint(saga, instance, seq)
}

/** The seq that the approval at `seq` is asked anew from; undefined when that was done as often as it may. */
export function turningPoint(saga: Saga, instance: Instance, seq: number): number | undefined {
  const { anew } = saga.steps[seq] ?? {}
  const from = saga.steps.findIndex(({ name }) => name === anew?.from)
  // Counted where it turns: the approval itself may be due one time and not the next.
  const row = stepAt(instance, 'FORWARD', from)
  return anew && row && row.round < (anew.atMost ?? 5) ? from : undefined
}

/** Whether a step was done and then undone when the saga turned back: it is as if it had never begun. */
export function isUndone(instance: Pick<Instance, 'steps'>, seq: number): boolean {
  const [forward, backward] = [stepAt(instance, 'FORWARD', seq), stepAt(instance, 'BACKWARD', seq)]
  if (!forward || !backward || backward.round < forward.round) return false
  return backward.status === 'DONE' || backward.status === 'SKIPPED'
}

/** The round in which a step begins: a new one each time it is done, or undone, again. */
export function roundOf(instance: Pick<Instance, 'steps'>, direction: 'FORWARD' | 'BACKWARD', seq: number): number {
  const [forward, backward] = [stepAt(instance, 'FORWARD', seq), stepAt(instance, 'BACKWARD', seq)]
  if (direction === 'FORWARD') return forward ? Math.max(forward.round, backward?.round ?? 0) + 1 : 0
  return Math.max(backward ? backward.round + 1 : 0, forward?.round ?? 0)
}
