import { z } from 'zod'

/** What a person is told awaits their decision: the events so far, and how to stop being told. */
export type Awaiting = { readonly seen: readonly { cursor: string; subjectId: string }[]; leave(): void }

const query = `subscription ($after: String) {
  approvalAwaitingMe(after: $after) { cursor request { subject { ... on Employee { id } } } }
}`
const event = z.object({
  data: z.object({
    approvalAwaitingMe: z.object({
      cursor: z.string(),
      request: z.object({ subject: z.object({ id: z.string() }) }),
    }),
  }),
})

/** Subscribes at an endpoint by server-sent events; resolves once the gateway has taken it. */
export async function awaitingAt(endpoint: string, token: string, after?: string): Promise<Awaiting> {
  const leaving = new AbortController()
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query, variables: { after } }),
    signal: leaving.signal,
  })
  if (!response.ok || !response.body)
    throw new Error(`${endpoint} answers ${response.status}: ${await response.text()}`)
  const seen: { cursor: string; subjectId: string }[] = []
  collect(response.body, seen).catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error
  })
  return { seen, leave: () => leaving.abort() }
}

async function collect(body: ReadableStream<Uint8Array>, seen: { cursor: string; subjectId: string }[]): Promise<void> {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const line of events.flatMap((one) => /^data: (.+)$/m.exec(one)?.[1] ?? [])) {
      const { cursor, request } = event.parse(JSON.parse(line)).data.approvalAwaitingMe
      seen.push({ cursor, subjectId: request.subject.id })
    }
  }
}
