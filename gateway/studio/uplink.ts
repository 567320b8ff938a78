import { UplinkSupergraphManager } from '@apollo/gateway'
import { fault } from '@steinmetz/kernel/errors'
import type { Log } from '@steinmetz/kernel/telemetry'
import { SupergraphRefused, type SupergraphSource, type Swap } from '../supergraph.ts'
import { keptSupergraph } from './keptSupergraph.ts'
import { libraryLog, outage, withoutSecret } from './outage.ts'

export type UplinkOptions = {
  key: string
  graphRef: string
  /** Asked in turn. Default: Apollo's two. */
  endpoints?: readonly string[] | undefined
  /** A file for the last supergraph that was served; a start takes it where Uplink is away or sends what is refused. */
  keptIn?: string | undefined
  log: Log
  now: () => Date
}

/** Short, so that a start beside a silent Uplink is over before those who wait for the gateway give it up. */
const answerTimeoutMs = 5_000

/** A hundred times our own. Reading one holds up every request, so that none is taken of any size. */
const maxSupergraphBytes = 8 * 2 ** 20

/**
 * Gets the supergraph of a graph in Apollo Studio from Uplink, and asks for a newer one as often as Uplink wishes.
 * One that cannot be served is refused with its reasons, and the one before keeps serving; so it does while Uplink is
 * away. A start beside either takes what was kept. Throws the Fault UPLINK_UNREACHABLE when there is none to begin with.
 */
export async function openUplink(options: UplinkOptions): Promise<SupergraphSource> {
  const { key, graphRef, log, now } = options
  const kept = keptSupergraph({ file: options.keptIn, key, graphRef, log, now })
  const away = outage({ log, now, secret: key }, 'the supergraph stays as it is')
  const following = Promise.withResolvers<Swap>()
  const stopping = new AbortController()
  let refused: readonly string[] | undefined
  let keptSince: string | undefined
  let failures = 0

  const take = async (sdl: string) => {
    const swap = await following.promise
    if (stopping.signal.aborted) return
    try {
      const swapped = await swap(sdl)
      refused = keptSince = undefined
      if (swapped) log.info({ graphRef }, 'serves the new supergraph of Uplink')
      await kept.write(sdl)
    } catch (error) {
      refused = reasonsOf(error)
      log.error({ err: error, reasons: refused }, 'kept the supergraph: the new one of Uplink is refused')
    }
  }
  const manager = createManager(options, stopping.signal, {
    async atStart(error) {
      const copy = await kept.read()
      if (!copy) throw error
      keptSince = copy.servedAt
      log.warn({ graphRef, servedAt: copy.servedAt }, 'Uplink is away: serves the supergraph that was kept')
      away.failed(error.message)
      return copy.sdl
    },
    async later(error) {
      failures += 1
      if (!stopping.signal.aborted) away.failed(error.message)
      return null
    },
  })
  const { supergraphSdl, cleanup } = await begin(manager, options, (sdl) => void take(sdl))

  /** A poll that did not fail was answered: the manager itself tells of failures alone. */
  const noteAnswers = async () => {
    while (!stopping.signal.aborted) {
      const before = failures
      await manager.nextFetch()
      if (failures === before) away.over()
    }
  }
  void noteAnswers()
  const check = async () => {
    const why = away.why()
    const instead = keptSince ? `, the one kept at ${keptSince} serves` : ''
    if (why)
      throw fault('UPLINK_UNREACHABLE', `the supergraph stays as it is${instead}, as Apollo Uplink is away ${why}`)
    if (refused) throw fault('SUPERGRAPH_REFUSED', `the newest one cannot be served${instead}: ${refused.join('; ')}`)
  }
  return {
    sdl: supergraphSdl,
    checks: [{ name: 'apollo-uplink', required: false, check }],
    async instead(error) {
      // What was kept is what could not be loaded.
      if (keptSince) return undefined
      const copy = await kept.read()
      if (!copy) return undefined
      keptSince = copy.servedAt
      refused = reasonsOf(error)
      const told = { err: error, reasons: refused, graphRef, servedAt: copy.servedAt }
      log.error(told, 'the supergraph of Uplink is refused: serves the one that was kept')
      return copy.sdl
    },
    follow(swap) {
      following.resolve(swap)
      if (!keptSince) void kept.write(supergraphSdl)
    },
    async stop() {
      // Not waited for: a poll under way may last longer than a stop.
      stopping.abort()
      void cleanup?.()
    },
  }
}

function reasonsOf(error: unknown): readonly string[] {
  return error instanceof SupergraphRefused ? error.reasons : ['it could not be loaded']
}

type Failing = { atStart(error: Error): Promise<string>; later(error: Error): Promise<null> }

function createManager(
  { key, graphRef, endpoints, log }: UplinkOptions,
  stopping: AbortSignal,
  failing: Failing,
): UplinkSupergraphManager {
  const asked = [...(endpoints ?? UplinkSupergraphManager.DEFAULT_UPLINK_ENDPOINTS)]
  return new UplinkSupergraphManager({
    apiKey: key,
    graphRef,
    uplinkEndpoints: asked,
    // At the start the first is tried once more; later the next poll is soon enough.
    initialMaxRetries: asked.length,
    maxRetries: asked.length - 1,
    fetcher: (url, init) => ask(url, init as RequestInit, stopping),
    logger: libraryLog(log, key),
    onFailureToFetchSupergraphSdlDuringInit: ({ error }) => failing.atStart(error),
    onFailureToFetchSupergraphSdlAfterInit: ({ error }) => failing.later(error),
  })
}

async function ask(url: string, init: RequestInit, stopping: AbortSignal): Promise<Response> {
  const signal = AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), stopping])
  // The key is for the address that is configured, wherever that may point.
  const { body, status, statusText } = await fetch(url, { ...init, redirect: 'error', signal })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxSupergraphBytes) throw new Error(`the answer is larger than ${maxSupergraphBytes} bytes`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { status, statusText })
}

function begin(manager: UplinkSupergraphManager, { key, graphRef }: UplinkOptions, update: (sdl: string) => void) {
  // The manager is handed what its own gateway offers besides; it asks for neither.
  const unused = { healthCheck: async () => {}, getDataSource: () => ({ process: () => Promise.reject() }) }
  return manager.initialize({ ...unused, update }).catch((error: unknown) => {
    const why = withoutSecret(error instanceof Error ? error.message : error, key)
    const remedy = 'Check APOLLO_KEY and APOLLO_GRAPH_REF, or let SUPERGRAPH name a file'
    throw fault('UPLINK_UNREACHABLE', `no supergraph of ${graphRef} came from Apollo Uplink (${why}). ${remedy}`)
  })
}
