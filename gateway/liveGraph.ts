import type { Log } from '@steinmetz/kernel/telemetry'
import type { FormattedExecutionResult } from 'graphql'
import type { Graph, GraphQLRequest, RequestContext } from './graph.ts'

/** A graph whose supergraph can be exchanged while it serves. */
export type LiveGraph = Graph & {
  /**
   * Builds a graph from another supergraph beside the running one, then swaps. Requests in flight end on the one
   * they began on; subscriptions go on on the new one where it still lets them, and else end with a reason. Answers
   * whether there was anything to swap. Throws when the supergraph is broken; the running one then keeps serving.
   */
  swap(sdl: string): Promise<boolean>
}

type Event = FormattedExecutionResult
type Started = AsyncIterableIterator<Event> | Event

/** A subscription that runs, on whichever graph serves now. */
type Running = {
  events: AsyncIterableIterator<Event>
  /** Begins it on the graph that serves now, where it stands. */
  goOn(): Promise<void>
  /** Settles when it has gone on; until then it may be between two graphs. */
  going: Promise<void>
}

/** Serves the supergraph `sdl` until another is swapped in. Throws when `sdl` itself cannot be loaded. */
export async function createLiveGraph(
  load: (sdl: string, previous?: Graph) => Promise<Graph>,
  sdl: string,
  log: Log,
): Promise<LiveGraph> {
  let current = { sdl, graph: await load(sdl), underWay: new Set<Promise<unknown>>() }
  let last: Promise<unknown> = Promise.resolve()
  const running = new Set<Running>()
  const retiring = new Set<Promise<void>>()

  /** Has a graph serve a request to its end, guards included, before it is stopped. */
  const serve = <T>(answer: (graph: Graph) => Promise<T>): Promise<T> => {
    const { graph, underWay } = current
    const answered = answer(graph).finally(() => underWay.delete(answered))
    underWay.add(answered)
    return answered
  }
  const retire = ({ graph, underWay }: typeof current): void => {
    const retired = Promise.allSettled(underWay)
      .then(() => graph.stop())
      .catch((error: unknown) => log.error({ err: error }, 'a graph that was replaced did not stop'))
      .finally(() => retiring.delete(retired))
    retiring.add(retired)
  }

  const exchange = async (next: string) => {
    if (next === current.sdl) return false
    const graph = await load(next, current.graph)
    const previous = current
    current = { sdl: next, graph, underWay: new Set() }
    await Promise.all([...running].map((subscription) => subscription.goOn()))
    // Not waited for: the next swap must not wait for the slowest request.
    retire(previous)
    return true
  }
  const subscribe = async (request: GraphQLRequest, context: RequestContext): Promise<Started> => {
    const within = { ...context, stream: {} }
    let on = current.graph
    const started = await serve((graph) => graph.subscribe(request, within))
    if (!isStream(started)) return started
    const subscription: Running = {
      events: started,
      going: Promise.resolve(),
      goOn() {
        subscription.going = goOn()
        return subscription.going
      },
    }
    const goOn = async () => {
      while (on !== current.graph) {
        on = current.graph
        subscription.events = await wentOn(on, request, within, log)
      }
    }
    running.add(subscription)
    // The supergraph may have been swapped while the subscription began.
    await subscription.goOn()
    return following(subscription, () => running.delete(subscription))
  }

  return {
    execute: (request, context) => serve((graph) => graph.execute(request, context)),
    subscribe,
    swap(next) {
      // One after the other: the last one asked for must be the one that stays.
      const swapped = last.then(() => exchange(next))
      last = swapped.catch(() => {})
      return swapped
    },
    subgraphs: () => current.graph.subgraphs(),
    holds: () => current.graph.holds(),
    async stop() {
      await last
      await Promise.all(retiring)
      await current.graph.stop()
    },
  }
}

/** A subscription's events from another graph; where that refuses it, the refusal is the last one. */
async function wentOn(graph: Graph, request: GraphQLRequest, context: RequestContext, log: Log) {
  const started = await graph.subscribe(request, context).catch((error: unknown): Event => {
    log.error({ err: error }, 'a subscription did not go on on another supergraph')
    return unexpected
  })
  if (isStream(started)) return started
  context.stream?.feed?.close()
  return only(started)
}

const isStream = (started: Started): started is AsyncIterableIterator<Event> => Symbol.asyncIterator in started

const unexpected = {
  errors: [{ message: 'Something went wrong on our side', extensions: { code: 'INTERNAL' } }],
} as unknown as Event

function only(event: Event): AsyncIterableIterator<Event> {
  const events = [event].values()
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: async () => events.next(),
    return: async () => ({ done: true, value: undefined }),
  }
}

/** Not a generator: its `return` would wait for the event under way, which may never come. */
function following(subscription: Running, ended: () => void): AsyncIterableIterator<Event> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      for (;;) {
        const { events } = subscription
        const event = await events.next()
        if (!event.done) return event
        await subscription.going
        if (subscription.events !== events) continue
        ended()
        return event
      }
    },
    async return() {
      ended()
      await subscription.going
      await subscription.events.return?.()
      return { done: true, value: undefined }
    },
  }
}
