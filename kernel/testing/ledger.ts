import { randomBytes, randomUUID } from 'node:crypto'
import type { PrismaPg } from '@prisma/adapter-pg'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { personalData } from '../audit/index.ts'
import type { Identity } from '../auth/index.ts'
import {
  type Command,
  type CommandRequest,
  type CommandRunner,
  change,
  commandRunner,
  type RunnerOptions,
  unchanged,
} from '../command/index.ts'
import { type Database, openDatabase } from '../database/index.ts'
import { refuse } from '../errors/index.ts'
import type { EventValue } from '../outbox/index.ts'

/** A client small enough for the kernel's tests: SQL through the very adapter that Prisma is given. */
export type Client = { run(sql: string, ...args: unknown[]): Promise<number> }

/** A database with the kernel's tables and one of the test's own, and commands against it. */
export type Ledger = {
  readonly database: Database<Client>
  readonly test: TestDatabase
  readonly run: CommandRunner<Client, unknown>
  readonly sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  readonly close: () => Promise<void>
}

export const tenant = '11111111-1111-4111-8111-111111111111'

export async function ledger(options: { max?: number; lockMs?: number } = {}): Promise<Ledger> {
  const test = await testDatabase('kernel')
  const superuser = new pg.Client({ connectionString: test.superuserUrl })
  await superuser.connect()
  await superuser.query(`create table entry (tenant_id uuid not null default kernel.tenant(), text text not null unique);
    alter table entry enable row level security; alter table entry force row level security;
    create policy tenant on entry to kernel_service using (tenant_id = (select kernel.tenant()));
    grant select, insert, update on entry to kernel_service`)
  const database = openDatabase({ connectionString: test.serviceUrl, max: 4, ...options }, clientOn)
  const run = commandRunner(runnerOptions(database))
  return {
    database,
    test,
    run,
    sql: async (text, values) => (await superuser.query(text, values)).rows,
    async close() {
      await database.close()
      await superuser.end()
      await test.drop()
    },
  }
}

export function runnerOptions(database: Database<Client>): RunnerOptions<Client, unknown> {
  return {
    database,
    personal: personalData(randomBytes(32), {}),
    verifyApproval: () => {
      throw refuse('APPROVAL_INVALID', 'no approvals in these tests')
    },
    now: () => new Date(),
    newId: randomUUID,
    tools: undefined,
  }
}

export function clientOn({ adapter }: { adapter: PrismaPg }): Client {
  const connected = adapter.connect()
  return {
    async run(sql, ...args) {
      return (await connected).executeRaw({
        sql,
        args,
        argTypes: args.map(() => ({ scalarType: 'string', arity: 'scalar' })),
      })
    },
  }
}

/** A command that writes an entry and then does what a test asks of it. */
export function writing(
  then: (input: { text: string }) => Promise<readonly EventValue[]> = async () => [],
  name = 'write',
): Command<Client, { text: string }, { text: string }> {
  return {
    name,
    scope: 'write',
    async execute(input, { tx, newId }) {
      await tx.run('insert into entry (text) values ($1)', input.text)
      const events = await then(input)
      const entry = { id: newId(), text: input.text }
      return { payload: { text: input.text }, changes: [change('Entry', null, entry)], events }
    },
  }
}

/** A compensation of `write`, which undoes it where it was done. */
export const erasing: Command<Client, { text: string }, { text: string }> = {
  name: 'erase',
  scope: 'write',
  compensates: 'write',
  async execute({ text }, { tx, forwardDone }) {
    if (!forwardDone) return unchanged({ text: 'nothing to undo' })
    await tx.run('update entry set text = $1 where text = $2', `erased ${text}`, text)
    return { payload: { text }, changes: [change('Entry', { id: text }, { id: text })] }
  },
}

export function request(
  text: string,
  key: string,
  more: Partial<Identity> & { forwardKey?: string } = {},
): CommandRequest {
  const { forwardKey, ...who } = more
  const identity: Identity = {
    service: 'gateway',
    tenantId: tenant,
    scopes: new Set(['write']),
    person: 'person',
    account: 'account',
    session: 'session',
    address: '127.0.0.1',
    requestId: 'request',
    ...who,
  }
  return { identity, idempotencyKey: key, input: { text }, forwardKey, traceparent: null }
}
