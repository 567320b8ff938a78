import { type Caller, type TestSubgraph, testSubgraph } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

/** The processes subgraph as tests use it, on tables filled as the saga engine fills them. */
export type Processes = TestSubgraph & {
  /** Writes a saga of hireEmployee, with its steps and sendings, and gives its id. */
  readonly saga: (saga?: Partial<SagaRow>, steps?: readonly Partial<StepRow>[]) => Promise<string>
  /** Puts an event aside that nobody could digest, and gives the dead letter's id. */
  readonly letter: (letter?: Partial<LetterRow>) => Promise<string>
}

type SagaRow = {
  definition: string
  tenant_id: string
  correlation: string
  state: string
  direction: string
  pivot_passed: boolean
  moves: number
  reason: object
  error: object
  finished_at: string
}

type LetterRow = {
  tenant_id: string
  source: 'STEP' | 'EVENT'
  saga_id: string
  type: string
  aggregate_id: string
  created_at: string
  settled_at: string
  outcome: string
}

type StepRow = {
  seq: number
  direction: 'FORWARD' | 'BACKWARD'
  name: string
  kind: string
  status: string
  error: object
  finished_at: string
  /** How often it was sent; not a column. */
  sent: number
}

export const operator: Caller = { person: 'operator', scopes: ['processes:read', 'processes:operate'] }
export const stranger: Caller = { ...operator, tenantId: '22222222-2222-4222-8222-222222222222' }

let counter = 0

/** Starts processes on a database of its own, in which hireEmployee and three others are published. */
export async function processes(): Promise<Processes> {
  const subgraph = await testSubgraph(start, 'processes')
  await subgraph.sql(`
    insert into saga.definition (name, version, owner, subject, content_hash, shape, status)
    values ('hireEmployee', 1, 'hr', 'Employee', '\\x5e1d', '{ "steps": [{ "name": "account", "kind": "step", "command": {} }] }',
              'ACTIVE'),
           ('closeMonth', 3, 'payroll', null, '', '{}', 'ACTIVE'),
           ('writeOff', 1, 'billing', 'Ledger', '', '{}', 'ACTIVE'),
           ('issueInvoice', 1, 'billing', 'Invoice', '', '{}', 'ACTIVE')`)

  async function saga(row: Partial<SagaRow> = {}, steps: readonly Partial<StepRow>[] = []) {
    const given = {
      definition: 'hireEmployee',
      tenant_id: subgraph.tenantId,
      correlation: `00000000-0000-4000-8000-${String(++counter).padStart(12, '0')}`,
      ...{ state: 'RUNNING', direction: 'FORWARD', pivot_passed: false, moves: 1 },
      ...row,
    }
    const [created] = await subgraph.sql(
      `insert into saga.instance (definition, definition_version, tenant_id, correlation, state, direction,
         pivot_passed, moves, reason, error, finished_at, start, started_by, caused_by, deadline_at)
       select g.definition, d.version, g.tenant_id, g.correlation, g.state, g.direction, g.pivot_passed, g.moves,
         g.reason, g.error, g.finished_at, '{}', gen_random_uuid(), '{}', now()
       from jsonb_to_record($1) as g (definition text, tenant_id uuid, correlation text, state text, direction text,
         pivot_passed boolean, moves int, reason jsonb, error jsonb, finished_at timestamptz)
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
       select saga_id, tenant_id, seq, direction, 0, 'worker-1', 'DONE', now() - interval '2 seconds'
       from jsonb_to_record($1) as g (saga_id uuid, tenant_id uuid, seq int, direction text), generate_series(1, $2)`,
      [given, sent],
    )
  }

  async function letter(row: Partial<LetterRow> = {}) {
    const given = { tenant_id: subgraph.tenantId, source: 'EVENT', type: 'hr.EmployeeDrafted', ...row }
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const [created] = await subgraph.sql(
      `insert into saga.dead_letter (tenant_id, source, reference, saga_id, type, aggregate_id, code, message,
         traceparent, created_at, settled_at, outcome)
       select tenant_id, source, gen_random_uuid(), saga_id, type, aggregate_id, 'ZodError', 'Frau Weiß', $2,
         coalesce(created_at, now()), settled_at, outcome
       from jsonb_to_record($1) as g (tenant_id uuid, source text, saga_id uuid, type text, aggregate_id text,
         created_at timestamptz, settled_at timestamptz, outcome text)
       returning id`,
      [JSON.stringify(given), trace],
    )
    return String(created?.id)
  }

  return { ...subgraph, saga, letter }
}
