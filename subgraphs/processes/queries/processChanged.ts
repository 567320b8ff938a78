import { badInput, type Context, isId } from '@steinmetz/kernel/subgraph'
import { meeting } from '../domain/filter.ts'
import { type Process, processesWithSubject } from '../entities/Process.ts'
import { ProcessChanged } from '../events.ts'
import type { ProcessFilter, SubscriptionProcessChangedArgs } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'

type Changed = { readonly processChanged: { readonly cursor: string; readonly process: Process } }

/** Processes as they change, out of the events that the engine writes with each move. */
export function processChanged(
  _: unknown,
  { id, filter, after }: SubscriptionProcessChangedArgs,
  context: Context<PrismaClient>,
): AsyncGenerator<Changed> {
  if (id && !isId(id)) throw badInput('id: give an id as this platform gives them (a UUID)')
  return changes({ ...filter, ...(id && { id: id.toLowerCase() }) }, after, context)
}

type Wanted = ProcessFilter & { readonly id?: string }

async function* changes(
  wanted: Wanted,
  after: string | null | undefined,
  context: Context<PrismaClient>,
): AsyncGenerator<Changed> {
  // Where the log ends is read before how the process stands: a change between the two is told twice, not never.
  const from = after ?? (await context.live.position())
  if (wanted.id && !after) yield* asItStands(wanted.id, wanted, from, context)
  for await (const { cursor, payload } of context.live.events([ProcessChanged.type], from)) {
    const change = ProcessChanged.parse(payload)
    if (concerns(change, wanted)) yield* asItStands(change.processId, wanted, cursor, context)
  }
}

/** What an event says already need not be read. Of a state that has passed the next event tells. */
function concerns(change: ReturnType<typeof ProcessChanged.parse>, { id, definition, state }: Wanted): boolean {
  return (
    (!id || change.processId === id) &&
    (!definition || change.definition === definition) &&
    (!state || change.state === state)
  )
}

async function* asItStands(
  id: string,
  wanted: Wanted,
  cursor: string,
  context: Context<PrismaClient>,
): AsyncGenerator<Changed> {
  const where = { AND: [{ id }, meeting(wanted)] }
  const [process] = await context.read((client) => processesWithSubject(client, { where }))
  if (process) yield { processChanged: { cursor, process } }
}
