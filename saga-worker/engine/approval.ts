import { z } from 'zod'
import type { Command } from './command.ts'

// What the engine must understand of approvals to wait for one: the request's input, its answer, and the
// event that tells the decision. All else about them is between a saga and its subgraphs.

const request = z.object({ policy: z.string(), subjectType: z.string(), subjectId: z.string() })
const requested = z.object({ requestId: z.string() })

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
export function approvalTopic(command: Command<unknown>): string {
  return topicOf(request.parse(command.input))
}

/** The id of the request that an answer names, if it names one. */
export function readRequestId(answer: unknown): string | undefined {
  return requested.safeParse(answer).data?.requestId
}
