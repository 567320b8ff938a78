import type { JsonObject } from './json.ts'
import type { Lost, Sink } from './upstream.ts'

export type ResumeOptions = {
  /** How long a broken stream is tried to be taken up again before it counts as lost. */
  resumeForMs: number
  /** A number from 0 to 1. */
  chance?: () => number
  now?: () => number
}

export type ResumingUpstream = {
  /** Connects from a cursor on; undefined: as the client asked. */
  connect(from: unknown, sink: Sink): () => void
  from: unknown
  cursorOf: ((event: JsonObject) => unknown) | undefined
  /** Hears of each break that is to be mended. */
  broken?(why: Lost): void
}

const firstDelayMs = 50
const longestDelayMs = 2_000
/** A connection that held so long was good: what breaks it is a new break, with its own time. */
const steadyMs = 5_000

/**
 * Keeps an upstream going over restarts of its subgraph: when the connection breaks it connects again, ever more
 * slowly, and goes on behind the last event that was passed on. Where events have no cursor a break cannot be mended,
 * and neither can one that outlasts `resumeForMs`. Answers how to leave.
 */
export function resumeUpstream(upstream: ResumingUpstream, sink: Sink, options: ResumeOptions): () => void {
  const { resumeForMs, chance = Math.random, now = () => performance.now() } = options
  const { cursorOf } = upstream
  let position = upstream.from
  let attempts = 0
  let brokenAt: number | undefined
  let connectedAt: number | undefined
  let timer: NodeJS.Timeout | undefined
  let leave = () => {}

  const mended = () => {
    attempts = 0
    brokenAt = undefined
  }
  const lost = (why: Lost) => {
    const at = now()
    if (connectedAt !== undefined && at - connectedAt >= steadyMs) mended()
    connectedAt = undefined
    brokenAt ??= at
    const leftMs = brokenAt + resumeForMs - at
    if (!cursorOf || saysNo(why) || leftMs <= 0) return sink.lost(why)
    if (attempts === 0) upstream.broken?.(why)
    const delayMs = Math.min(firstDelayMs * 2 ** attempts, longestDelayMs) * (0.5 + chance() / 2)
    attempts += 1
    timer = setTimeout(connect, Math.min(delayMs, leftMs))
  }
  const connect = () => {
    leave = upstream.connect(position, {
      ended: sink.ended,
      lost,
      connected() {
        connectedAt = now()
      },
      next(event) {
        mended()
        position = cursorOf?.(event) ?? position
        sink.next(event)
      },
    })
  }
  connect()
  return () => {
    clearTimeout(timer)
    leave()
  }
}

const initialisationTimeout = 4408
const terminated = 4499

/** Close codes by which a subgraph refuses what it was sent: it will do so again. */
function saysNo({ closeCode = 0 }: Lost): boolean {
  return closeCode >= 4400 && closeCode < terminated && closeCode !== initialisationTimeout
}
