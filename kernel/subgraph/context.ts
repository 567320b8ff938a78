import DataLoader from 'dataloader'
import type { GraphQLError } from 'graphql'
import { type PersonalData, type Snapshot, view } from '../audit/index.ts'
import type { Identity } from '../auth/index.ts'
import type { CommandRunner } from '../command/index.ts'
import type { Database } from '../database/index.ts'
import type { Tracing } from '../telemetry/index.ts'
import { isId } from './connection.ts'
import type { Context, Live, SubgraphDefinition } from './definition.ts'
import { asResult, type ExecutableSubgraph } from './schema.ts'

export type RequestContext<Client> = Context<Client> & {
  /** Says that nobody waits for this request any more: what it listens to ends. */
  readonly end: () => void
  /** Whether every mutation of this request was answered from store. */
  readonly replayed: () => boolean
}

export type ContextParts<Client, Tools> = {
  readonly definition: SubgraphDefinition<Client, Tools>
  readonly executable: ExecutableSubgraph<Client, Tools>
  readonly database: Database<Client>
  readonly personal: PersonalData
  readonly run: CommandRunner<Client, Tools>
  readonly tracing: Tracing
  readonly live: (identity: Identity, ended: AbortSignal, onEvent: () => void) => Live
  readonly forbidden: (message: string) => GraphQLError
}

/** Makes what the resolvers of one request share: who asks, loaders that batch, and how commands are run. */
export function contextFor<Client, Tools>(
  parts: ContextParts<Client, Tools>,
  identity: Identity,
  traceparent: string | null,
): RequestContext<Client> {
  const { definition, executable, database, personal } = parts
  const read: Context<Client>['read'] = (work) => database.read(identity.tenantId, work)
  const loaders = new Map<string, DataLoader<string, unknown>>()
  const batched = <Value>(name: string, load: Load, key: string) => {
    const loader = loaders.get(name) ?? new DataLoader(load)
    loaders.set(name, loader)
    return loader.load(key) as Promise<Value | null>
  }
  const views = new DataLoader(recordViews(database, identity, traceparent))
  const unsealed = new DataLoader((snapshots: readonly Snapshot[]) =>
    database.write(identity.tenantId, ({ connection }) => personal.unseal(connection, snapshots)),
  )
  const mutations = { answered: 0, replayed: 0 }
  const ended = new AbortController()

  return {
    identity,
    traceparent,
    read,
    // A subscription lives long: what was loaded for one event may have changed by the next.
    live: parts.live(identity, ended.signal, () => loaders.clear()),
    end: () => ended.abort(),
    replayed: () => mutations.answered > 0 && mutations.answered === mutations.replayed,

    load: (entity, id) => batched(`entity ${entity}`, loadEntities(definition, read, entity), id),
    batch: (name, key) => batched(`batch ${name}`, loadBatch(definition, read, name), key),

    recordView: async (entity, id) => void (await views.load(JSON.stringify([entity, id]))),
    unseal: async (snapshot) => snapshot && unsealed.load(snapshot),

    async run(name, { idempotencyKey, input, forwardKey }) {
      const { command, sagaOnly, payload } = executable.commandOf(name)
      if (sagaOnly && identity.service !== 'saga-worker') throw parts.forbidden(`${name} is sent by processes alone`)
      const scopes = [command.scope].flat()
      if (!scopes.some((scope) => identity.scopes.has(scope)))
        throw parts.forbidden(`${name} needs the scope ${scopes.join(' or ')}`)
      const { answer, replayed } = await parts.tracing.span(`command ${name}`, { parent: traceparent }, (within) =>
        parts.run(command, { identity, idempotencyKey, input, forwardKey, traceparent: within }),
      )
      loaders.clear() // what was loaded before the command may have changed by it
      mutations.answered++
      if (replayed) mutations.replayed++
      return asResult(answer, payload)
    },
  }
}

/** Records sensitive reads, all that a request makes at once in one go, and each thing once. */
function recordViews<Client>(database: Database<Client>, identity: Identity, traceparent: string | null) {
  const { service, person, account, session, address, requestId } = identity
  const context = JSON.stringify({ command: 'view', service, person, account, session, address, requestId })
  return async (keys: readonly string[]) => {
    const seen = keys.map((key) => view(...(JSON.parse(key) as [entity: string, id: string])))
    const values = [context, traceparent, JSON.stringify(seen)]
    await database.write(identity.tenantId, ({ connection }) =>
      connection.query('select kernel.record_audit($1, $2, $3)', values),
    )
    return keys
  }
}

type Load = (keys: readonly string[]) => Promise<unknown[]>

/** Entities by id, in the order asked. An id that is none names nothing. */
function loadEntities<Client, Tools>(
  { entities }: SubgraphDefinition<Client, Tools>,
  read: Context<Client>['read'],
  entity: string,
): Load {
  return async (ids) => {
    const possible = ids.filter(isId)
    const load = entities[entity]
    const rows = load && possible.length > 0 ? await read((client) => load(client, possible)) : []
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null)
  }
}

function loadBatch<Client, Tools>(
  { batches }: SubgraphDefinition<Client, Tools>,
  read: Context<Client>['read'],
  name: string,
): Load {
  return async (keys) => {
    const load = batches?.[name]
    const found = load ? await read((client) => load(client, [...keys])) : new Map()
    return keys.map((key) => found.get(key) ?? null)
  }
}
