import { z } from 'zod'

/** One GraphQL operation, and what its data must look like. */
export type Operation<Data> = { document: string; data: z.ZodType<Data> }

/** An answer; `replayed` says that every mutation of the request had been answered before under its key. */
export type Answer<Data> = { data: Data; replayed: boolean }

/** Asks the endpoint as one person. */
export type Ask = <Data>(operation: Operation<Data>, variables?: Record<string, unknown>) => Promise<Answer<Data>>

/** The endpoint's answer was an error, and asking again would not help. */
export class EndpointError extends Error {
  readonly code: string
  constructor(code: string, operation: string, message: string) {
    super(`${operation} was answered with ${code}: ${message}`)
    this.name = 'EndpointError'
    this.code = code
  }
}

const firstPauseMs = 50
const longestPauseMs = 2_000
/** A platform that is not back within this time will not be back soon. */
const patienceMs = 60_000
const requestTimeoutMs = 30_000

/**
 * Asks the public endpoint with a person's token. What is down, slow or still being worked on is asked again,
 * the very same way: the idempotency key in it makes sure that nothing is done twice.
 */
export function asker(url: string, token: string): Ask {
  return async (operation, variables = {}) => {
    const body = JSON.stringify({ query: operation.document, variables })
    const began = performance.now()
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const outcome = await send(url, token, body)
      if ('data' in outcome) return { data: read(operation, outcome.data), replayed: outcome.replayed }
      if (!outcome.again || performance.now() - began > patienceMs) throw outcome.toError(nameOf(operation))
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

type Outcome = { data: unknown; replayed: boolean } | { toError: (operation: string) => EndpointError; again: boolean }

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string().default(''), reason: z.string().optional() }).default({ code: '' }),
      }),
    )
    .optional(),
})

async function send(url: string, token: string, body: string): Promise<Outcome> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(requestTimeoutMs),
  })
    .then(async (got) => ({ status: got.status, headers: got.headers, text: await got.text() }))
    .catch((error: Error) => error)
  if (response instanceof Error) return failed('UNREACHABLE', describe(response), true)

  const answer = answerSchema.safeParse(json(response.text))
  const [error] = answer.data?.errors ?? []
  if (error) {
    const { code, reason } = error.extensions
    return failed(reason ?? code, error.message, code === 'UNAVAILABLE')
  }
  const { status } = response
  if (!answer.success || status !== 200)
    return failed('NOT_GRAPHQL', `HTTP ${status}, ${response.text.slice(0, 200)}`, status === 429 || status >= 500)
  return { data: answer.data.data, replayed: response.headers.get('idempotent-replayed') === 'true' }
}

function failed(code: string, message: string, again: boolean): Outcome {
  return { toError: (operation) => new EndpointError(code, operation, message), again }
}

function read<Data>(operation: Operation<Data>, given: unknown): Data {
  const result = operation.data.safeParse(given)
  if (result.success) return result.data
  throw new EndpointError('ANSWER_UNEXPECTED', nameOf(operation), result.error.message)
}

function nameOf({ document }: Operation<unknown>): string {
  return /\w+ (\w+)/.exec(document)?.[1] ?? 'the request'
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function describe(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
