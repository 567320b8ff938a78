import { ApprovalDecided } from '@steinmetz/approvals/events'
import { startRelay } from '@steinmetz/kernel/bus'
import { type Command, type CommandContext, change, commandOf, unchanged } from '@steinmetz/kernel/command'
import { type Environment, type Running, runProcess } from '@steinmetz/kernel/config'
import { refuse } from '@steinmetz/kernel/errors'
import { type SubgraphDefinition, startSubgraph } from '@steinmetz/kernel/subgraph'

// One of the two branches between which the processes run: a subgraph and its relay, as every domain has them, in
// a process of its own. What a command does is a row; doing it twice would be two.

/** SQL inside the command's transaction. */
type Client = {
  run(text: string, ...values: readonly (string | number | null)[]): Promise<number>
  rows(text: string, ...values: readonly (string | number | null)[]): Promise<readonly Record<string, string>[]>
}

type StepInput = { process: string; version: number; subject: string; step: string }
type EffectPayload = { effectId: string | null }
type Verdict = 'APPROVED' | 'REJECTED' | 'EXPIRED'

const command = commandOf<Client>()

const ask = command<{ subject: string; refuse: string | null; verdict: Verdict | null }, { subject: string }>({
  name: 'ask',
  scope: 'faults:ask',
  async execute({ subject, refuse = null, verdict = null }, { tx }) {
    await tx.run('insert into asked (subject, refuse, verdict) values ($1::uuid, $2, $3)', subject, refuse, verdict)
    const events = [{ type: 'faults.Asked', aggregateId: subject, payload: { subject, refuse, verdict } }]
    return { payload: { subject }, changes: [change('Transfer', null, { id: subject })], events }
  },
})

async function effect(kind: string, input: StepInput, { tx, newId }: CommandContext<Client>) {
  const effectId = newId()
  const { process, version, subject, step } = input
  await tx.run(
    `insert into effect (id, process, version, subject, step, kind)
     values ($1::uuid, $2, $3::text::int, $4::uuid, $5, $6)`,
    ...[effectId, process, String(version), subject, step, kind],
  )
  return { payload: { effectId }, changes: [change('Effect', null, { id: effectId })] as const }
}

const act = command<StepInput & { refuse: boolean }, EffectPayload>({
  name: 'act',
  scope: 'faults:act',
  async execute(input, context) {
    const done = await effect('DONE', input, context)
    // After the row, so that a refusal has something to take back.
    if (input.refuse) throw refuse('REFUSED_AS_ASKED', `${input.step} was to be refused`)
    return { ...done, changes: [...done.changes] }
  },
})

const undoing = (name: string, compensates: string): Command<Client, StepInput, EffectPayload> => ({
  ...{ name, compensates, scope: 'faults:act' },
  async execute(input, context) {
    if (!context.forwardDone) return unchanged({ effectId: null })
    await context.tx.run(
      `update question set status = 'WITHDRAWN' where process = $1 and subject = $2::uuid and status = 'OPEN'`,
      ...[input.process, input.subject],
    )
    const undone = await effect('UNDONE', input, context)
    return { ...undone, changes: [...undone.changes] }
  },
})

const close = command<StepInput, EffectPayload>({
  name: 'close',
  scope: 'faults:act',
  async execute(input, context) {
    const closed = await effect('CLOSED', input, context)
    return { ...closed, changes: [...closed.changes] }
  },
})

const requestDecision = command<StepInput & { verdict: Verdict }, { requestId: string }>({
  name: 'requestDecision',
  scope: 'faults:act',
  async execute(input, context) {
    const requestId = context.newId()
    await context.tx.run(
      'insert into question (id, process, subject, verdict) values ($1::uuid, $2, $3::uuid, $4)',
      ...[requestId, input.process, input.subject, input.verdict],
    )
    const { changes } = await effect('DONE', input, context)
    return { payload: { requestId }, changes: [...changes] }
  },
})

const decide = command<{ requestId: string }, { requestId: string }>({
  name: 'decide',
  scope: 'faults:ask',
  async execute({ requestId }, { tx }) {
    const [decided] = await tx.rows(
      `update question set status = 'DECIDED' where id = $1::uuid and status = 'OPEN'
       returning process, subject::text, verdict`,
      requestId,
    )
    if (!decided) throw refuse('NOT_OPEN', 'it was decided or withdrawn before')
    const { process = '', subject = '', verdict } = decided
    const about = { policy: process, subjectType: 'Transfer', subjectId: subject }
    const events = [
      ApprovalDecided({ requestId, ...about, verdict: verdict as Verdict, attestation: 'of the harness' }),
    ]
    return { payload: { requestId }, changes: [change('Question', { id: requestId }, { id: requestId })], events }
  },
})

const branch = (name: string): SubgraphDefinition<Client> => ({
  name,
  schema: new URL('./schema.graphql', import.meta.url),
  personal: {},
  createClient({ adapter }) {
    const connected = adapter.connect()
    const asked = (sql: string, values: readonly (string | number | null)[]) => ({
      sql,
      args: [...values],
      argTypes: values.map(() => ({ scalarType: 'string', arity: 'scalar' }) as const),
    })
    return {
      run: async (text, ...values) => (await connected).executeRaw(asked(text, values)),
      async rows(text, ...values) {
        const { columnNames, rows } = await (await connected).queryRaw(asked(text, values))
        return rows.map((row) => Object.fromEntries(row.map((value, nth) => [columnNames[nth] ?? '', String(value)])))
      },
    }
  },
  commands: [
    ...[ask, decide, act, close, requestDecision],
    ...[undoing('undo', 'act'), undoing('withdrawDecision', 'requestDecision')],
  ],
  queries: {
    openQuestions: (_: unknown, __: object, context) =>
      context.read((client) =>
        client.rows(`select id::text from question where status = 'OPEN' order by id limit 100`),
      ),
  },
  entities: {},
  fields: {},
})

async function start(env: Environment): Promise<Running> {
  const name = env.BRANCH ?? ''
  const relay = await startRelay(name, { ...env, PORT: '0' })
  const subgraph = await startSubgraph(branch(name), env)
  return {
    url: subgraph.url,
    async stop() {
      await subgraph.stop()
      await relay.stop()
    },
  }
}

if (import.meta.main) await runProcess(start)
