import type { Ask } from '../endpoint/endpoint.ts'
import { decision, type Request } from './approver.ts'
import { mutate, mutations, type Tally } from './mutations.ts'
import { type Saga, sagaList } from './sagas.ts'

/** What came of the clerk's attempt to approve a contract of his own drafting. */
export type Attempt = {
  personnelNumber: string
  /** Code of the refusal, or APPROVED where it went through. */
  outcome: string
  /** State of the saga just before; not looked at in a replay. */
  sagaState?: Saga['state']
  replayed: boolean
}

const pollMs = 100
const patienceMs = 30_000

/**
 * The clerk, given the right to decide approvals for this one purpose, tries to approve what he drafted. A
 * request that is pending is tried once its saga waits for the decision.
 */
export async function tryOwnApproval(ask: Ask, request: Request, tally: Tally): Promise<Attempt> {
  const personnelNumber = request.subject?.personnelNumber ?? ''
  const sagaState = request.status === 'PENDING' ? await untilWaiting(ask, request.subject?.id ?? '') : undefined
  const key = `demo:own-approval:${request.id}`
  const result = await mutate(ask, mutations.approveRequest, { key, input: decision(request), tally })
  return {
    personnelNumber,
    outcome: 'refusal' in result ? result.refusal.code : 'APPROVED',
    ...(sagaState && { sagaState }),
    replayed: result.replayed,
  }
}

/** The request is there a moment before the saga has noted that it was asked. */
async function untilWaiting(ask: Ask, subjectId: string): Promise<Saga['state'] | undefined> {
  for (const began = performance.now(); ; ) {
    const [saga] = (await ask(sagaList, { subjectId })).data.nodes
    if (saga?.state === 'WAITING' || performance.now() - began > patienceMs) return saga?.state
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
