/** Subscribes over server-sent events, as a person does in a browser. `next` gives what the next event says. */
export async function listen(endpoint: string, token: string, query: string, variables: object) {
  const stop = new AbortController()
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
    signal: stop.signal,
  })
  const texts = eventsIn(response.body as ReadableStream<Uint8Array>)
  return {
    async next(): Promise<string> {
      const { value } = await texts.next()
      return value ?? ''
    },
    close: () => stop.abort(),
  }
}

async function* eventsIn(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text += piece
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      if (/^event: next$/m.test(event)) yield event.slice(event.indexOf('data: ') + 6)
    }
  }
}
