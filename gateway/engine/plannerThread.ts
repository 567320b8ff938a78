import { Worker } from 'node:worker_threads'
import { GraphQLError } from 'graphql'
import type { FetchPlan } from './fetchPlan.ts'
import type { PlanRequest, SupergraphFacts } from './planner.ts'
import type { PlannerHandle } from './supergraph.ts'

/** What the thread says: what it knows of the supergraph, that it cannot read it, or one plan. */
export type FromThread =
  | { kind: 'ready'; facts: SupergraphFacts }
  | { kind: 'refused'; message: string }
  | { kind: 'planned'; id: number; plan: FetchPlan }
  | { kind: 'unplannable'; id: number; message: string; isRequests: boolean }

export type ToThread = { id: number; request: PlanRequest }

type Waiting = { resolve(plan: FetchPlan): void; reject(error: Error): void }

/**
 * Opens a planner in a thread of its own: planning a large query takes tens of milliseconds, which requests in
 * flight must not wait for. Rejects, with the reasons, for a document that is not a supergraph. A thread that dies, of
 * memory say, fails what it was asked; the next that is asked gets another.
 */
export async function startPlannerThread(supergraphSdl: string): Promise<PlannerHandle> {
  let thread = await openThread(supergraphSdl)
  let opening: Promise<Thread> | undefined
  let stopped = false
  const reopen = async (): Promise<void> => {
    opening ??= openThread(supergraphSdl).finally(() => {
      opening = undefined
    })
    thread = await opening
  }
  return {
    facts: thread.facts,
    async plan(request) {
      if (thread.isOver() && !stopped) await reopen()
      return thread.plan(request)
    },
    async stop() {
      stopped = true
      await opening?.catch(() => {})
      await thread.stop()
    },
  }
}

type Thread = PlannerHandle & { isOver(): boolean }

async function openThread(supergraphSdl: string): Promise<Thread> {
  const worker = new Worker(new URL('./plannerWorker.ts', import.meta.url), { workerData: supergraphSdl })
  const waiting = new Map<number, Waiting>()
  let over: Error | undefined
  const failAll = (error: Error): void => {
    over = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const facts = await new Promise<SupergraphFacts>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'ready') resolve(message.facts)
      else if (message.kind === 'refused') reject(new Error(message.message))
      else settle(message, waiting)
    })
    worker.once('error', (error: Error) => {
      reject(error)
      failAll(error)
    })
    worker.once('exit', () => failAll(new Error('the planner has stopped')))
  }).catch(async (error: unknown) => {
    await worker.terminate()
    throw error
  })
  // A planner nobody asks must not keep the process alive.
  worker.unref()

  let lastId = 0
  const underWay = new Set<Promise<FetchPlan>>()
  return {
    facts,
    isOver: () => over !== undefined,
    async plan(request) {
      // Nobody is left who would answer.
      if (over) throw over
      const id = ++lastId
      const { promise, resolve, reject } = Promise.withResolvers<FetchPlan>()
      waiting.set(id, { resolve, reject })
      worker.ref()
      worker.postMessage({ id, request } satisfies ToThread)
      const planned = promise.finally(() => {
        underWay.delete(planned)
        if (underWay.size === 0) worker.unref()
      })
      underWay.add(planned)
      return planned
    },
    async stop() {
      await Promise.allSettled(underWay)
      await worker.terminate()
    },
  }
}

function settle(
  message: Extract<FromThread, { kind: 'planned' | 'unplannable' }>,
  waiting: Map<number, Waiting>,
): void {
  const asked = waiting.get(message.id)
  waiting.delete(message.id)
  if (message.kind === 'planned') asked?.resolve(message.plan)
  else asked?.reject(message.isRequests ? new GraphQLError(message.message) : new Error(message.message))
}
