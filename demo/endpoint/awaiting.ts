import { type Client, createClient } from 'graphql-ws'
import { z } from 'zod'

const document = `subscription AwaitingMe($after: String) {
  approvalAwaitingMe(after: $after) { cursor request { id policy { name } } }
}`
const eventSchema = z.object({
  data: z.object({
    approvalAwaitingMe: z.object({
      cursor: z.string(),
      request: z.object({ id: z.string(), policy: z.object({ name: z.string() }) }),
    }),
  }),
})
const pauseMs = 500

/**
 * Gives the id of every approval request under a policy that awaits whoever the token is of: first what is
 * waiting already, then what comes, until the signal. A connection that is lost is opened again behind the last cursor, so
 * nothing is missed and something may come twice.
 */
export async function* approvalsAwaitingMe(
  url: string,
  token: string,
  { policy, signal, onLost }: { policy: string; signal: AbortSignal; onLost: (why: string) => void },
): AsyncGenerator<string> {
  let after: string | null = null
  while (!signal.aborted) {
    const client = createClient({ url, retryAttempts: 0, connectionParams: { authorization: `Bearer ${token}` } })
    const end = () => void client.dispose()
    signal.addEventListener('abort', end, { once: true })
    try {
      for await (const { cursor, request } of events(client, after)) {
        after = cursor
        if (request.policy.name === policy) yield request.id
      }
    } catch (error) {
      if (!signal.aborted) onLost(why(error))
    } finally {
      signal.removeEventListener('abort', end)
      await client.dispose()
    }
    if (!signal.aborted) await pause(signal)
  }
}

async function* events(client: Client, after: string | null) {
  for await (const result of client.iterate({ query: document, variables: { after } })) {
    if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('; '))
    yield eventSchema.parse(result).data.approvalAwaitingMe
  }
}

/** graphql-ws rejects with a close event or with GraphQL errors, neither of which is an Error. */
function why(error: unknown): string {
  if (error instanceof Error) return error.message
  const described = z.object({ code: z.number(), reason: z.string() }).safeParse(error)
  return described.success ? `closed with ${described.data.code} ${described.data.reason}` : JSON.stringify(error)
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, pauseMs)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      resolve()
    }
  })
}
