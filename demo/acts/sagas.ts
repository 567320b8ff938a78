import { z } from 'zod'
import type { Ask, Operation } from '../endpoint/endpoint.ts'
import { type List, pageOf } from '../endpoint/pages.ts'

const stateSchema = z.enum(['RUNNING', 'WAITING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'STUCK'])

/** A saga as the endpoint tells of it. */
export type Saga = z.infer<typeof sagaSchema>
const sagaSchema = z.object({
  id: z.string(),
  definition: z.string(),
  state: stateSchema,
  reason: z.string().nullable(),
  subject: z.object({ id: z.string() }).nullable(),
  steps: z.array(
    z.object({ name: z.string(), direction: z.string(), status: z.string(), error: z.string().nullable() }),
  ),
})

/** Every saga of the definition hireEmployee, or those about one subject. */
export const sagaList: List<Saga> = {
  document: `query Sagas($after: String, $subjectId: ID) {
    processes(first: 100, after: $after, filter: { definition: "hireEmployee", subjectId: $subjectId }) {
      edges { node {
        id definition state reason
        subject { ... on Employee { id } }
        steps { name direction status error }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('processes', sagaSchema),
}

export type SagaCounts = Record<z.infer<typeof stateSchema>, number>

const countsOperation: Operation<Record<string, { totalCount: number }>> = {
  document: `query SagaCounts {
    ${stateSchema.options.map((state) => `${state}: processes(first: 1, filter: { definition: "hireEmployee", state: ${state} }) { totalCount }`).join('\n')}
  }`,
  data: z.record(z.string(), z.object({ totalCount: z.number() })),
}

/** How many sagas are in which state. */
export async function sagaCounts(ask: Ask): Promise<SagaCounts> {
  const { data } = await ask(countsOperation)
  return Object.fromEntries(stateSchema.options.map((state) => [state, data[state]?.totalCount ?? 0])) as SagaCounts
}

const pollMs = 150
/** Longer than any retry of a step that is worth waiting for. */
const stalledAfterMs = 90_000

/**
 * Waits until there are as many sagas as there should be and all have ended. Rejects when one is stuck, or when
 * nothing has moved for a while. `onProgress` is told each time something has.
 */
export async function untilAllSagasEnded(
  ask: Ask,
  { expected, onProgress, signal }: { expected: number; onProgress: (counts: SagaCounts) => void; signal: AbortSignal },
): Promise<void> {
  let last = ''
  for (let movedAt = performance.now(); ; ) {
    signal.throwIfAborted()
    const counts = await sagaCounts(ask)
    const { RUNNING, WAITING, COMPENSATING, COMPLETED, COMPENSATED, STUCK } = counts
    if (JSON.stringify(counts) !== last) {
      last = JSON.stringify(counts)
      movedAt = performance.now()
      onProgress(counts)
    }
    const unfinished = RUNNING + WAITING + COMPENSATING
    if (unfinished === 0 && STUCK > 0)
      throw new Error(`${STUCK} sagas are stuck and need an operator: ${await named(ask)}`)
    if (unfinished === 0 && COMPLETED + COMPENSATED >= expected) return
    if (performance.now() - movedAt > stalledAfterMs)
      throw new Error(
        `nothing has moved for ${stalledAfterMs / 1000} s: of ${expected} sagas ${COMPLETED + COMPENSATED} have ended; ${await named(ask)}`,
      )
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** The first few that have not ended well, with the step they stand at. */
async function named(ask: Ask): Promise<string> {
  const { nodes } = (await ask(sagaList)).data
  const open = nodes.filter(({ state }) => state !== 'COMPLETED' && state !== 'COMPENSATED').slice(0, 5)
  const told = open.map(({ id, state, reason, steps }) => {
    const step = steps.at(-1)
    return `${id} is ${state}${reason ? ` because of ${reason}` : ''}${step ? ` at ${step.name} (${step.status} ${step.error ?? ''})` : ''}`
  })
  return told.join('; ') || 'none is under way'
}
