import fc from 'fast-check'
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isUnionType,
} from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { services } from './services.ts'
import {
  type Caller,
  type GraphQLAnswer,
  type TestDatabase,
  type TestSubgraph,
  testDatabase,
  testSubgraph,
} from './testing/index.ts'
import { anyText, argumentsOf, idsNamed, withIds } from './testing/rubbish.ts'
import { selectionOf } from './testing/selection.ts'

type Field = GraphQLField<unknown, unknown>

/** What no mutation makes: processes that take one order or another, events that were put aside, and new versions. */
const asTheEngineWrites = {
  Process: `
    with definition as (
      insert into saga.definition (name, version, owner, content_hash, shape, status)
      values ('hireEmployee', 1, 'hr', '', '{}', 'ACTIVE') returning name, version)
    insert into saga.instance (tenant_id, definition, definition_version, correlation, state, pivot_passed, moves, start,
      started_by, caused_by, deadline_at)
    select $1, name, version, gen_random_uuid(), state, state = 'STUCK', 1, '{}', gen_random_uuid(), '{}', now()
    from definition, unnest(array['RUNNING', 'WAITING', 'STUCK']) as state returning id`,
  DeadLetter: `
    insert into saga.dead_letter (tenant_id, source, reference, type, aggregate_id, code, message)
    select $1, 'EVENT', nth, 'hr.EmployeeDrafted', nth, 'ZodError', 'cannot be digested'
    from generate_series(1, 3) nth returning id`,
  DefinitionRelease: `
    with definition as (
      insert into saga.definition (name, version, owner, content_hash, shape, status)
      select 'process' || nth, 2, 'hr', '', '{}', 'PUBLISHED' from generate_series(1, 5) nth returning name, version)
    insert into saga.release (tenant_id, definition, definition_version, content_hash, kind, reason, proposed_by)
    select $1, name, version, '', 'ACTIVATE', 'proposed by another', '{ "person": "first-person" }' from definition
    returning id`,
} as const

// The subgraphs start first: whichever is added there is tested here.
const [subgraphs = []] = services
const runsOfEach = 24
// From what people mean to send to what nobody means.
const chances = [0, 0, 0, 0.05, 0.3, 1]
// Orders about processes need processes, and none begins by a mutation of theirs.
const doneOfEach: Readonly<Record<string, number>> = { processes: 0.5 }
const patienceMs = 300_000

describe.each(subgraphs)('rubbish put into $name', ({ name, load }) => {
  let subgraph: TestSubgraph
  let schema: GraphQLSchema
  let everyScope: string[]
  let behind: pg.Client
  let bus: TestDatabase
  /** Ids of things that came to be on the way, by type. */
  const known = new Map<string, string[]>()
  /** Their versions, as they were told last. */
  const versions = new Map<unknown, number>()
  /** One of the newest: what is old has been decided, paid or withdrawn. Without any it is made up. */
  const idOf = (name: string, nth: number) =>
    idsNamed(name, known).at(-1 - (nth % 3)) ?? `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`

  beforeAll(async () => {
    bus = await testDatabase('bus')
    subgraph = await testSubgraph((await load()).start, name, { BUS_DATABASE_URL: bus.serviceUrl })
    behind = new pg.Client({ connectionString: subgraph.database.superuserUrl })
    await behind.connect()
    for (const [type, sql] of Object.entries(name === 'processes' ? asTheEngineWrites : {}))
      for (const { id } of (await behind.query(sql, [subgraph.tenantId])).rows) keep(known, type, id)
    schema = buildClientSchema((await subgraph.ask({ scopes: [] }, getIntrospectionQuery())).data)
    const { data } = await subgraph.ask({ scopes: [] }, '{ _service { sdl } }')
    everyScope = [...data._service.sdl.matchAll(/"([a-z-]+:[a-z-]+)"/g)].map(([, scope]) => scope)
    for (const mutation of mutations()) everyScope.push(await scopeOf(mutation))
  })
  afterAll(async () => {
    await behind.end()
    await subgraph.stop()
    await bus.drop()
  })

  const mutations = () => Object.values(schema.getMutationType()?.getFields() ?? {})
  /** Who may do everything. Someone else than the first person of the tests, who has asked for what there is. */
  const caller = (): Caller => ({ service: 'saga-worker', person: 'second-person', scopes: everyScope })

  /** The scope of a mutation stands in its command alone; whoever lacks it is told. */
  async function scopeOf(mutation: Field): Promise<string> {
    for (const args of fc.sample(argumentsOf(mutation.args, 0), 50)) {
      const { errors } = await send('mutation', mutation, withIds(args, idOf), { ...caller(), scopes: [] })
      const scope = /needs the scope (\S+)/.exec(errors[0]?.message ?? '')?.[1]
      if (scope) return scope
    }
    throw new Error(`${mutation.name} is refused to nobody`)
  }

  function send(kind: string, field: Field, args: unknown, by = caller()) {
    const declared = field.args.map((one) => `$${one.name}: ${one.type}`)
    const given = field.args.map((one) => `${one.name}: $${one.name}`)
    const list = (parts: string[]) => (parts.length > 0 ? `(${parts.join(', ')})` : '')
    const asked = `${field.name}${list(given)} ${selectionOf(getNamedType(field.type), 4)}`
    return subgraph.ask(by, `${kind} ${list(declared)} { ${asked} }`, args as object)
  }

  /** A field of the schema and what it is given, as often sensible as not. */
  const sendings = (fields: readonly Field[]) =>
    fc.constantFrom(...fields).chain((field) =>
      fc.constantFrom(...chances).chain((chance) =>
        argumentsOf(field.args, chance).map((args) => ({
          field,
          args,
          [fc.toStringMethod]: () => `${field.name} ${JSON.stringify(args).slice(0, 1_000)}`,
        })),
      ),
    )

  /** What stands in every table, but for stored answers: a refusal is one. */
  async function state(): Promise<unknown> {
    const { rows: tables } = await behind.query(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'idempotency' order by 1`,
    )
    const sums = tables.map((table) => `(select coalesce(sum(hashtextextended(t::text, 0)), 0) from ${table.name} t)`)
    return (await behind.query(`select array[${sums.join(', ')}]::text[] as state`)).rows[0].state
  }

  test('is refused by every mutation with what is wrong, and changes nothing', { timeout: patienceMs }, async () => {
    if (mutations().length === 0) return
    let done = 0
    let stands = await state()
    const property = fc.asyncProperty(sendings(mutations()), async ({ field, args: generated }) => {
      const args = withIds(generated, idOf, (id) => versions.get(id)) as { idempotencyKey: string }
      const answer = await send('mutation', field, args)
      const result: Refusal | { __typename: string } | undefined = answer.data?.[field.name]
      if (result && !('Refusal_code' in result)) {
        done += 1
        stands = await state()
        keep(known, 'forwardKey', args.idempotencyKey)
        keepIds(known, versions, answer.data)
        return
      }
      assertUsable(answer)
      if (result) assertTold(result)
      else expect(answer.errors).not.toHaveLength(0)
      expect(await state()).toEqual(stands)
    })
    await fc.assert(property, { numRuns: mutations().length * runsOfEach, endOnFailure: true })
    // What is refused at the door alone has tried little: some of it was sensible, and was done.
    expect(done).toBeGreaterThan(mutations().length * (doneOfEach[name] ?? 2))
  })

  test('is refused by every query with what is wrong', { timeout: patienceMs }, async () => {
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter((one) => !one.name.startsWith('_'))
    const property = fc.asyncProperty(sendings(fields), async ({ field, args }) => {
      assertUsable(await send('query', field, withIds(args, idOf)))
    })
    await fc.assert(property, { numRuns: fields.length * runsOfEach, endOnFailure: true })
  })

  test('as an id names nothing, wherever another subgraph refers to an entity', async () => {
    const union = schema.getType('_Entity')
    const types = isUnionType(union) ? union.getTypes() : []
    for (const type of types) {
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on ${type.name} ${selectionOf(type, 3)} } }`
      const of = fc.sample(anyText, 50).map((id) => ({ __typename: type.name, id, entity: type.name }))
      for (const reference of of) {
        const answer = await subgraph.ask(caller(), query, { of: [reference] })
        assertUsable(answer)
        // What is not kept here at all is given back as it was named.
        const named = { __typename: type.name, id: reference.id }
        if (answer.errors.length === 0) expect([null, named]).toContainEqual(answer.data._entities[0])
      }
    }
  })

  test('as ten megabytes is not read, and whoever sends it is told so', async () => {
    const answer = await subgraph.ask(caller(), '{ __typename }', { text: 'x'.repeat(10_000_000) })
    expect(answer).toMatchObject({
      status: 413,
      errors: [{ message: expect.stringMatching(/larger than \d+ bytes: send less/) }],
    })
    expect((await subgraph.ask(caller(), '{ __typename }')).data).toEqual({ __typename: 'Query' })
  })
})

type Refusal = { readonly Refusal_code: string; readonly Refusal_message: string }
type Known = Map<string, string[]>

function keep(known: Known, type: string, id: string): void {
  known.set(type, [...new Set([...(known.get(type) ?? []), id])])
}

/** Keeps the ids that an answer tells, as `{ __typename: 'Thing', id }` or as `thingId`. */
function keepIds(known: Known, versions: Map<unknown, number>, data: unknown): void {
  JSON.stringify(data, (name, part) => {
    if (typeof part?.id === 'string') keep(known, part.__typename, part.id)
    if (typeof part?.version === 'number') versions.set(part.id, part.version)
    const [, type] = /^(?:\w*_)?([a-z]\w*)Id$|(contentHash)$/.exec(name)?.filter(Boolean) ?? []
    if (type && /^[0-9a-f]{64}$|^[0-9a-f-]{36}$/.test(part)) keep(known, type, part)
    return part
  })
}

/** Nobody is told that something went wrong on our side, and no megabyte is sent back to say it is wrong. */
function assertUsable({ status, errors }: GraphQLAnswer): void {
  expect(status).toBeLessThan(500)
  for (const { message, extensions } of errors) {
    expect(['BAD_USER_INPUT', 'CONFLICT'], message).toContain(extensions.code)
    expect(message.length).toBeLessThan(1_000)
    if (status < 413 && extensions.code === 'BAD_USER_INPUT')
      expect(message).toMatch(/^Variable "\$\w+" |^[\w.[\]]+: \S/)
  }
}

/** A refusal says which rule it was, and of an impossible value in which field it stands. */
function assertTold({ Refusal_code: code, Refusal_message: message }: Refusal): void {
  expect(code).toMatch(/^[A-Z_]+$/)
  expect(message.length).toBeLessThan(4_000) // of a table, what is wrong with twenty lines
  if (code === 'INVALID_INPUT') expect(message).toMatch(/^[\w.[\]]+: \S/)
}
