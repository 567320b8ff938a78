import { z } from 'zod'
import { approvalsAwaitingMe } from '../endpoint/awaiting.ts'
import type { Ask, Operation } from '../endpoint/endpoint.ts'
import { type List, pageOf, readAll } from '../endpoint/pages.ts'
import { whyRejected } from './minimumWage.ts'
import { mutate, mutations, type Tally } from './mutations.ts'

const policy = 'employment-contract'

/** An approval request as the approver reads it: what is asked, and the contract it is about. */
export type Request = z.infer<typeof requestSchema>
const requestSchema = z.object({
  id: z.string(),
  version: z.number(),
  status: z.enum(['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED']),
  subject: z
    .object({
      id: z.string(),
      personnelNumber: z.string(),
      contract: z.object({
        startsOn: z.string(),
        weeklyHours: z.number(),
        monthlyGrossCents: z.coerce.number(),
      }),
    })
    .nullable(),
})
const selection = `
  id version status
  subject { ... on Employee { id personnelNumber contract { startsOn weeklyHours monthlyGrossCents } } }`

const requestOperation: Operation<{ approvalRequest: Request | null }> = {
  document: `query Request($id: ID!) { approvalRequest(id: $id) { ${selection} } }`,
  data: z.object({ approvalRequest: requestSchema.nullable() }),
}
const requestList: List<Request> = {
  document: `query Requests($after: String) {
    approvalRequests(first: 100, after: $after, filter: { policy: "${policy}" }) {
      edges { node { ${selection} } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('approvalRequests', requestSchema),
}

type Wiring = {
  ask: Ask
  wsEndpoint: string
  token: string
  tally: Tally
  /** Awaited with every request before it is decided. */
  beforeDeciding(request: Request): Promise<void>
  onDecided(verdict: 'approved' | 'rejected', request: Request, replayed: boolean): void
  onLost(why: string): void
}

/** The approver at work, from the start on. */
export type Approver = {
  /** Rejects when a decision failed; never resolves. */
  failure: Promise<never>
  /** Sends the decisions of earlier runs about these employees again: each must be a replay. */
  repeatEarlierDecisions(employeeIds: ReadonlySet<string>): Promise<void>
  /** Hears no more, and ends what is being decided. */
  stop(): Promise<void>
}

const decisionsAtOnce = 4

/**
 * Begins to listen to what awaits the approver, over a live subscription, and decides it by the approver's
 * rule. What is waiting since an earlier run comes first; who hears of a request twice decides it once.
 */
export function startApprover(wiring: Wiring): Approver {
  const stopped = new AbortController()
  const heard = new Set<string>()
  const working = new Set<Promise<void>>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {}) // told to whoever waits for it, which may be nobody yet

  const listening = (async () => {
    const { wsEndpoint, token, onLost } = wiring
    for await (const id of approvalsAwaitingMe(wsEndpoint, token, { policy, signal: stopped.signal, onLost })) {
      if (heard.has(id)) continue
      heard.add(id)
      const work = hear(wiring, id).catch(failed.reject)
      working.add(work)
      void work.finally(() => working.delete(work))
      if (working.size >= decisionsAtOnce) await Promise.race(working)
    }
  })().catch(failed.reject)

  return {
    failure: failed.promise,
    async repeatEarlierDecisions(employeeIds) {
      for (const request of await readAll(wiring.ask, requestList)) {
        const decided = request.status === 'APPROVED' || request.status === 'REJECTED'
        if (!decided || heard.has(request.id) || !employeeIds.has(request.subject?.id ?? '')) continue
        // A decision is the last change of a request: it was made on the version before.
        await decide(wiring, { ...request, version: request.version - 1 })
      }
    },
    async stop() {
      stopped.abort()
      await listening
      await Promise.all(working)
    },
  }
}

async function hear(wiring: Wiring, id: string): Promise<void> {
  const { data } = await wiring.ask(requestOperation, { id })
  const request = data.approvalRequest
  // Somebody else, or a run that was killed before it heard the answer, was first.
  if (request?.status === 'PENDING') await decide(wiring, request)
}

async function decide(wiring: Wiring, request: Request): Promise<void> {
  const { ask, tally, beforeDeciding, onDecided } = wiring
  if (!request.subject) throw new Error(`the approval request ${request.id} names no employee`)
  await beforeDeciding(request)
  const reason = whyRejected(request.subject.contract)
  const mutation = reason === undefined ? mutations.approveRequest : mutations.rejectRequest
  const result = await mutate(ask, mutation, {
    key: `demo:decision:${request.id}`,
    input: decision(request, reason),
    tally,
  })
  if ('payload' in result) return onDecided(reason === undefined ? 'approved' : 'rejected', request, result.replayed)
  if (result.refusal.code === 'APPROVAL_NOT_PENDING') return
  const { code, message } = result.refusal
  throw new Error(`the decision on ${request.subject.personnelNumber} was refused with ${code}: ${message}`)
}

/** The input of a decision; approvals need no comment. */
export function decision({ id, version }: Request, comment?: string) {
  return { requestId: id, expectedVersion: version, ...(comment !== undefined && { comment }) }
}
