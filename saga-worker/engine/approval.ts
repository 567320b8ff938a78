import { z } from 'zod'
import type { AnyCommand } from './command.ts'

// What the engine must understand of approvals to wait for one: the request's input, its answer, and the
// event that tells the decision. All else about them is between a saga and its subgraphs.

const request = z.object({ policy: z.string(), subjectType: z.string(), subjectId: z.string() })
const followUpAt = z.iso.datetime({ offset: true }).nullish().catch(null)
const requested = z.object({ requestId: z.string(), followUpAt })

/** The decision as the event bus tells it. */
export const decision = z.object({
  requestId: z.string(),
  policy: z.string(),
  subjectType: z.string(),
  subjectId: z.string(),
  verdict: z.enum(['APPROVED', 'REJECTED', 'EXPIRED']),
  attestation: z.string().nullish(),
})

/** By what a decision finds the sagas that wait for it. It is known before the request is sent. */
export function topicOf({ policy, subjectType, subjectId }: z.infer<typeof request>): string {
  return `approval:${policy}:${subjectType}:${subjectId}`
}

/** The topic of a rendered request. Throws when its input does not say what is to be approved. */
export function approvalTopic(command: AnyCommand): string {
  return topicOf(request.parse(command.input))
}

/** A request that awaits its decision: what the step's row keeps of it. */
export type Asked = {
  readonly requestId: string
  /** When approvals want to be asked again, should nobody have decided by then. */
  readonly followUpAt?: string
  /** How often they were. */
  readonly followUps: number
}

/** What an answer to a request says; undefined when it names none. */
export function readAsked(answer: unknown): Asked | undefined {
  const read = requested.safeParse(answer).data
  return read && asked(read.requestId, read.followUpAt, 0)
}

/** When approvals want to be asked again, as their answer to a follow-up says. */
export function readFollowUpAt(answer: unknown): string | null | undefined {
  return z.object({ followUpAt }).safeParse(answer).data?.followUpAt
}

export function asked(requestId: string, followUpAt: string | null | undefined, followUps: number): Asked {
  return { requestId, ...(followUpAt && { followUpAt }), followUps }
}
