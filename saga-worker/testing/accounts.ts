import { randomUUID } from 'node:crypto'
import { createLog } from '@steinmetz/kernel/telemetry'
import { catalogOf } from '../engine/catalog.ts'
import type { Command, Outcome, Send } from '../engine/command.ts'
import { type Coordinator, createCoordinator } from '../engine/coordinator.ts'
import { contentHash, shapeOf } from '../engine/definition.ts'
import { unborn } from '../engine/instance.ts'
import type { Lock } from '../engine/lock.ts'
import { type Saga, type SagaOptions, saga } from '../engine/saga.ts'
import type { Store } from '../engine/store.ts'
import { begin } from '../engine/transition.ts'
import { idOf } from './begun.ts'

// Sagas that change accounts, and the service that keeps them. One reads a balance, and later writes what it makes of
// it: two of those must not be at work on one account. Others add to it: of those any number may.

type Start = { readonly account: string; readonly nth: string; readonly also: readonly Lock[] }

const startOn = { type: 'probe.Began', parse: (payload: unknown) => payload as Start }

const command = (mutation: string, account: string, balance?: number): Command<{ readonly balance: number }> => ({
  ...{ subgraph: 'accounts', mutation },
  input: { account, balance },
})

/** Reads a balance, and then adds to it or sets it to one more than it has read. */
function process(name: string, writes: 'adds' | 'sets', isolation?: SagaOptions<Start>['isolation']): Saga {
  return saga({
    ...{ name, version: 1, owner: 'nobody', subject: 'Account', startOn, deadlineDays: 30 },
    correlateBy: ({ account, nth }) => `${account}:${nth}`,
    ...(isolation && { isolation }),
  })
    .step('read', {
      command: ({ start }) => command('read', start.account),
      compensate: ({ start }) => command('undo', start.account),
    })
    .pivot('write', {
      command: ({ start, read }) =>
        writes === 'adds' ? command('add', start.account) : command('set', start.account, read.balance + 1),
    })
}

const also = ({ start }: { start: Start }) => start.also

/** Who sets and who adds, who gives up instead of waiting, and who takes no care at all. */
export const processes = {
  setting: process('setting', 'sets', { whenBusy: 'wait', also }),
  booking: process('booking', 'adds', { whenBusy: 'wait', commutesAs: 'booking', also }),
  counting: process('counting', 'adds', { whenBusy: 'wait', commutesAs: 'counting', also }),
  hasty: process('hasty', 'sets', { whenBusy: 'refuse', also }),
  hastyBooking: process('hastyBooking', 'adds', { whenBusy: 'refuse', commutesAs: 'booking', also }),
  careless: process('careless', 'sets'),
} as const

export type Kind = keyof typeof processes

export const accountSagas = catalogOf(Object.values(processes))

const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'request-1' }

export async function publishAccountSagas(store: Store): Promise<void> {
  for (const one of accountSagas.all) await store.publish({ ...one, hash: contentHash(one), shape: shapeOf(one) })
}

/** Begins one; gives its id. */
export async function beginOn(
  store: Store,
  kind: Kind,
  account: string,
  { tenantId, also = [] }: { tenantId: string; also?: readonly Lock[] },
): Promise<string> {
  const definition = processes[kind]
  const from = { tenantId, causedBy: cause, traceparent: null }
  const start = { account, nth: randomUUID(), also }
  const { name, version, deadlineDays } = definition
  const named = { definition: name, version, deadlineDays, correlation: `${account}:${start.nth}`, start }
  const first = begin(definition, unborn(definition, start, from))
  return idOf(await store.begin({ ...from, ...named, eventId: randomUUID(), first }))
}

export type Accounts = {
  readonly send: Send
  readonly balances: ReadonlyMap<string, number>
  /** What each saga is at this moment between its first command and its last. */
  readonly atWork: ReadonlySet<string>
  /** How a saga's next commands go. Those behind them are answered. */
  readonly next: Map<string, ('answered' | 'unanswered' | 'refused')[]>
  /** Told of each saga that is at work from now on. */
  onEntry(told: (sagaId: string) => void): void
}

/** The service: it does what it is told, and sees who is at work. */
export function openAccounts(): Accounts {
  const balances = new Map<string, number>()
  const atWork = new Set<string>()
  const next: Accounts['next'] = new Map()
  let entered: (sagaId: string) => void = () => {}

  function carryOut(mutation: string, { account, balance }: { account: string; balance?: number }): object {
    const now = balances.get(account) ?? 0
    if (mutation === 'set') balances.set(account, balance ?? 0)
    if (mutation === 'add') balances.set(account, now + 1)
    return { balance: now }
  }

  return {
    ...{ balances, atWork, next },
    onEntry(told) {
      entered = told
    },
    async send({ command, idempotencyKey }): Promise<Outcome> {
      const sagaId = idempotencyKey.split(':', 1)[0] ?? ''
      if (!atWork.has(sagaId)) entered(sagaId)
      atWork.add(sagaId)
      const how = next.get(sagaId)?.shift()
      if (how === 'unanswered') return { kind: 'inDoubt', code: 'TIMEOUT', message: 'no answer' }
      if (how === 'refused' || command.mutation !== 'read') atWork.delete(sagaId)
      if (how === 'refused') return { kind: 'refused', code: 'NO', message: 'no' }
      return { kind: 'done', answer: carryOut(command.mutation, command.input as { account: string }) }
    },
  }
}

/** A worker on accounts. What is unanswered it asks again as soon as it is run again. */
export function accountWorker(store: Store, send: Send): Coordinator {
  return createCoordinator({
    ...{ store, send, find: accountSagas.find, dispatch: async () => {}, random: () => 0, renewMs: 60_000 },
    log: createLog({ service: 'test', level: 'silent' }),
  })
}
