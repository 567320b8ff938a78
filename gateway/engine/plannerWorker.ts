import { parentPort, workerData } from 'node:worker_threads'
import { GraphQLError } from 'graphql'
import { openPlanner, type Planner } from './planner.ts'
import type { FromThread, ToThread } from './plannerThread.ts'

/** The planner's thread: reads the supergraph it was given, then plans what it is asked, one after the other. */
function serve(supergraphSdl: string, say: (message: FromThread) => void): void {
  let planner: Planner
  try {
    planner = openPlanner(supergraphSdl)
  } catch (error) {
    say({ kind: 'refused', message: messageOf(error) })
    return
  }
  parentPort?.on('message', ({ id, request }: ToThread) => {
    try {
      say({ kind: 'planned', id, plan: planner.plan(request) })
    } catch (error) {
      say({ kind: 'unplannable', id, message: messageOf(error), isRequests: error instanceof GraphQLError })
    }
  })
  say({ kind: 'ready', facts: planner.facts })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

serve(String(workerData), (message) => parentPort?.postMessage(message))
