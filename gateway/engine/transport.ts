import type { IncomingHttpHeaders } from 'node:http'
import { Pool } from 'undici'
import { type SubgraphAnswer, SubgraphFailure } from './run.ts'

/** One HTTP request to a subgraph. */
export type SubgraphCall = {
  service: string
  url: string
  body: string
  headers: Readonly<Record<string, string>>
  timeoutMs: number
  signal: AbortSignal | undefined
}

export type TransportAnswer = SubgraphAnswer & { headers: IncomingHttpHeaders }

/** Sends calls to subgraphs. Rejects with a `SubgraphFailure` that is fit to be told to a client. */
export type Transport = { send(call: SubgraphCall): Promise<TransportAnswer>; stop(): Promise<void> }

export type TransportOptions = {
  /** Connections per subgraph. Default 64. */
  connections?: number
  /** The longest answer that is read, in bytes. Default 64 MiB. */
  maxAnswerBytes?: number
}

/** Speaks HTTP over pools of kept-alive connections, one pool per subgraph origin. */
export function createTransport({ connections = 64, maxAnswerBytes = 64 * 2 ** 20 }: TransportOptions = {}): Transport {
  const pools = new Map<string, Pool>()
  const targets = new Map<string, { pool: Pool; path: string }>()

  const targetOf = (url: string): { pool: Pool; path: string } => {
    const known = targets.get(url)
    if (known) return known
    const { origin, pathname, search } = new URL(url)
    const pool = pools.get(origin) ?? new Pool(origin, { connections, pipelining: 1, keepAliveTimeout: 60_000 })
    pools.set(origin, pool)
    const target = { pool, path: pathname + search }
    targets.set(url, target)
    return target
  }

  return {
    send: (call) => sendOver(targetOf(call.url), call, maxAnswerBytes),
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
    },
  }
}

function sendOver(
  { pool, path }: { pool: Pool; path: string },
  call: SubgraphCall,
  maxAnswerBytes: number,
): Promise<TransportAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TransportAnswer>()
  const chunks: Buffer[] = []
  let answer: { status: number; headers: IncomingHttpHeaders } | undefined
  let bytes = 0
  let abort: ((reason: Error) => void) | undefined
  let settled = false

  const settle = (): void => {
    settled = true
    clearTimeout(timer)
    call.signal?.removeEventListener('abort', onAbort)
  }
  const fail = (failure: SubgraphFailure): void => {
    if (settled) return
    settle()
    abort?.(failure)
    reject(failure)
  }
  const late = () => fail(new SubgraphFailure('SUBGRAPH_TIMEOUT', `${call.service} did not answer in time`))
  const timer = setTimeout(late, call.timeoutMs)
  const onAbort = (): void => {
    const { reason } = call.signal ?? {}
    if (reason instanceof Error && reason.name === 'TimeoutError') late()
    else fail(new SubgraphFailure('REQUEST_ABORTED', `nobody waits for ${call.service} any more`))
  }
  call.signal?.addEventListener('abort', onAbort, { once: true })
  if (call.signal?.aborted) onAbort()
  if (settled) return promise

  pool.dispatch(
    { path, method: 'POST', headers: call.headers, body: call.body, headersTimeout: 0, bodyTimeout: 0 },
    {
      onRequestStart(controller) {
        abort = (reason) => controller.abort(reason)
        if (settled) controller.abort(new Error('no longer wanted'))
      },
      onResponseStart(_controller, status, headers) {
        answer = { status, headers }
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length
        if (bytes <= maxAnswerBytes) chunks.push(chunk)
        else
          fail(
            new SubgraphFailure(
              'ANSWER_TOO_LARGE',
              `subgraph "${call.service}" answered more than ${maxAnswerBytes} bytes`,
            ),
          )
      },
      onResponseEnd() {
        if (settled || !answer) return
        settle()
        const [only] = chunks
        const whole = only && chunks.length === 1 ? only : Buffer.concat(chunks)
        resolve({ ...answer, text: whole.toString() })
      },
      onResponseError(_controller, cause) {
        fail(new SubgraphFailure('SUBGRAPH_UNREACHABLE', `${call.service} does not answer`, { cause }))
      },
    },
  )
  return promise
}
