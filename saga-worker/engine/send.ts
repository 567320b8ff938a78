import { fault } from '@steinmetz/kernel/errors'
import { continueTrace, traceparentOf } from '@steinmetz/kernel/telemetry'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Envelope, Outcome, Send } from './command.ts'

export type SenderOptions = {
  /** Where each subgraph answers GraphQL. */
  readonly urls: Readonly<Record<string, string>>
  /** The GraphQL document of each mutation, by `subgraph.mutation`. */
  readonly documents: Readonly<Record<string, string>>
  /** Makes the token by which a subgraph knows the worker, the tenant and the person behind the saga. */
  readonly sign: (envelope: Envelope) => string
  /** How long an answer is waited for. Behind it the command is in doubt. */
  readonly timeoutMs?: number
  /** Connections to one subgraph at most. */
  readonly connections?: number
}

export type Sender = {
  readonly send: Send
  /** Reads from a subgraph for a command to an outside system, as the worker. Without an answer it throws a Fault. */
  ask(envelope: Envelope, subgraph: string, query: string, variables: object): Promise<Record<string, unknown>>
  close(): Promise<void>
}

const answerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string().catch(''),
        extensions: z.object({ code: z.string().optional(), reason: z.string().optional() }).catch({}).default({}),
      }),
    )
    .optional(),
})
const payloadSchema = z.looseObject({ __typename: z.string() })
const refusalSchema = z.object({ code: z.string(), message: z.string() })

/** Nobody can say yet; everything else that is not an answer needs a person. */
const passing = new Set(['UNAVAILABLE', 'UNAUTHENTICATED'])
const messageAtMost = 500

/** Sends commands over HTTP, as a mutation like any user's, and sorts what comes back by who must act next. */
export function createSender(options: SenderOptions): Sender {
  const { urls, documents, sign, timeoutMs = 10_000, connections = 32 } = options
  const agent = new Agent({ connections, connect: { timeout: Math.min(timeoutMs, 3_000) } })

  async function send(envelope: Envelope): Promise<Outcome> {
    const { subgraph, mutation, input } = envelope.command
    const url = urls[subgraph]
    const document = documents[`${subgraph}.${mutation}`]
    if (!url || !document) return halted('COMMAND_UNKNOWN', `nothing is known of ${subgraph}.${mutation}`)
    const { idempotencyKey, forwardKey } = envelope
    try {
      const { status, body } = await post(url, envelope, {
        query: document,
        variables: { idempotencyKey, forwardKey, input },
      })
      return outcomeOf(mutation, status, body)
    } catch (error) {
      return inDoubt('UNREACHABLE', `${subgraph} gave no answer: ${nameOf(error)}`)
    }
  }

  async function ask(envelope: Envelope, subgraph: string, query: string, variables: object) {
    const { status, body } = await post(urls[subgraph] ?? '', envelope, { query, variables }).catch(
      (error: unknown) => {
        throw fault('SUBGRAPH_UNREACHABLE', `${subgraph} gave no answer: ${nameOf(error)}`, { cause: error })
      },
    )
    const answer = answerSchema.safeParse(parsed(body)).data
    if (answer?.data && !answer.errors?.length) return answer.data
    const why = answer?.errors?.[0]?.extensions.code ?? `HTTP ${status}`
    throw fault('SUBGRAPH_UNREADABLE', `${subgraph} did not answer what it was asked: ${why}`)
  }

  async function post(url: string, envelope: Envelope, body: object): Promise<{ status: number; body: string }> {
    const response = await request(url, {
      dispatcher: agent,
      method: 'POST',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${sign(envelope)}`,
        'x-request-id': envelope.onBehalfOf.requestId,
        traceparent: envelope.traceparent ?? traceparentOf(continueTrace()),
      },
      body: JSON.stringify(body),
    })
    return { status: response.statusCode, body: await response.body.text() }
  }

  return { send, ask, close: () => agent.destroy() }
}

/** What an HTTP answer says of a command. */
export function outcomeOf(mutation: string, status: number, body: string): Outcome {
  const { data: answer } = answerSchema.safeParse(parsed(body))
  const failure = answer?.errors?.[0]
  if (failure) return failed(failure.extensions, failure.message, status)
  const payload = payloadSchema.safeParse(answer?.data?.[mutation]).data
  if (!payload) return inDoubt('UNREADABLE', `the answer (HTTP ${status}) cannot be read`)
  const { __typename, ...fields } = payload
  if (__typename !== 'Refusal') return { kind: 'done', answer: fields }
  const refusal = refusalSchema.safeParse(fields).data
  if (!refusal) return inDoubt('UNREADABLE', 'the refusal cannot be read')
  return { kind: 'refused', code: refusal.code, message: refusal.message.slice(0, messageAtMost) }
}

function failed({ code, reason }: { code?: string; reason?: string }, message: string, status: number): Outcome {
  const name = reason ?? code ?? `HTTP_${status}`
  // A twin of this very command is under way: its answer will be ours.
  if (reason === 'IN_PROGRESS') return inDoubt(name, message)
  // Without a code nobody of ours has answered: a proxy, or a service that is just going down.
  if (!code || passing.has(code)) return inDoubt(name, message)
  return halted(name, message)
}

function inDoubt(code: string, message: string): Outcome {
  return { kind: 'inDoubt', code, message: message.slice(0, messageAtMost) }
}

function halted(code: string, message: string): Outcome {
  return { kind: 'halted', code, message: message.slice(0, messageAtMost) }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}
