import { type Caller, type TestSubgraph, testSubgraph } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

/** The processes subgraph as tests use it, on tables filled as the saga engine fills them. */
export type Processes = TestSubgraph & {
  /** Writes a saga of hireEmployee, with its steps and sendings, and gives its id. */
  readonly saga: (saga?: Partial<SagaRow>, steps?: readonly Partial<StepRow>[]) => Promise<string>
}

type SagaRow = {
  definition: string
  tenant_id: string
  correlation: string
  state: string
  reason: object
  error: object
  finished_at: string
}

type StepRow = {
  seq: number
  direction: 'FORWARD' | 'BACKWARD'
  name: string
  status: string
  error: object
  finished_at: string
  /** How often it was sent; not a column. */
  sent: number
}

export const operator: Caller = { person: 'operator', scopes: ['processes:read'] }
export const stranger: Caller = { ...operator, tenantId: '22222222-2222-4222-8222-222222222222' }

let counter = 0

/** Starts processes on a database of its own, in which hireEmployee and three others are published. */
export async function processes(): Promise<Processes> {
  const subgraph = await testSubgraph(start, 'processes')
  await subgraph.sql(`
    insert into saga.definition (name, version, owner, subject, content_hash, shape, status)
    values ('hireEmployee', 1, 'hr', 'Employee', '', '{}', 'ACTIVE'),
           ('closeMonth', 3, 'payroll', null, '', '{}', 'ACTIVE'),
           ('writeOff', 1, 'billing', 'Ledger', '', '{}', 'ACTIVE'),
           ('issueInvoice', 1, 'billing', 'Invoice', '', '{}', 'ACTIVE')`)

  async function saga(row: Partial<SagaRow> = {}, steps: readonly Partial<StepRow>[] = []) {
    const given = {
      definition: 'hireEmployee',
      tenant_id: subgraph.tenantId,
      correlation: `00000000-0000-4000-8000-${String(++counter).padStart(12, '0')}`,
      state: 'RUNNING',
      ...row,
    }
    const [created] = await subgraph.sql(
      `insert into saga.instance (definition, definition_version, tenant_id, correlation, state, reason, error,
         finished_at, start, started_by, caused_by, deadline_at)
       select g.definition, d.version, g.tenant_id, g.correlation, g.state, g.reason, g.error, g.finished_at,
         '{}', gen_random_uuid(), '{}', now()
       from jsonb_to_record($1) as g (definition text, tenant_id uuid, correlation text, state text, reason jsonb,
         error jsonb, finished_at timestamptz)
       join saga.definition d on d.name = g.definition
       returning id`,
      [JSON.stringify(given)],
    )
    const id = String(created?.id)
    for (const step of steps) await writeStep({ saga_id: id, tenant_id: given.tenant_id, ...step })
    return id
  }

  async function writeStep({ sent = 0, ...step }: Partial<StepRow> & { saga_id: string; tenant_id: string }) {
    const given = JSON.stringify({ direction: 'FORWARD', kind: 'step', status: 'DONE', command: {}, ...step })
    await subgraph.sql(
      `insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, command, error, finished_at)
       select saga_id, tenant_id, seq, direction, name, kind, status, command, error, finished_at
       from jsonb_to_record($1) as g (saga_id uuid, tenant_id uuid, seq int, direction text, name text, kind text,
         status text, command json, error jsonb, finished_at timestamptz)`,
      [given],
    )
    await subgraph.sql(
      `insert into saga.attempt (saga_id, tenant_id, seq, direction, round, worker, outcome, began_at)
       select saga_id, tenant_id, seq, direction, 0, 'worker-1', 'DONE', now()
       from jsonb_to_record($1) as g (saga_id uuid, tenant_id uuid, seq int, direction text), generate_series(1, $2)`,
      [given, sent],
    )
  }

  return { ...subgraph, saga }
}
