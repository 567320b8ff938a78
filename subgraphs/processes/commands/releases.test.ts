import { randomUUID } from 'node:crypto'
import type { Caller } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const scopes = ['processes:read', 'processes:release']
const anna: Caller = { person: 'anna', account: 'anna@day', scopes }
const annaAtNight: Caller = { ...anna, account: 'anna@night' }
const bernd: Caller = { person: 'bernd', scopes }

const fields = `id version definition definitionVersion fromVersion kind status reason proposedBy proposedAt confirmedBy
  confirmedAt outcome settledAt`

describe('a release of a definition', () => {
  let subgraph: Processes
  beforeAll(async () => {
    subgraph = await processes()
  })
  afterAll(() => subgraph.stop())
  beforeEach(async () => {
    await subgraph.sql('delete from saga.release')
    await subgraph.sql(`delete from saga.definition where name = 'hireEmployee' and version > 1`)
    await subgraph.sql(`update saga.definition set status = 'ACTIVE' where name = 'hireEmployee'`)
    await subgraph.sql(`insert into saga.definition (name, version, owner, content_hash, shape, status)
      values ('hireEmployee', 2, 'hr', '\\x5e1e', '{}', 'PUBLISHED'), ('hireEmployee', 3, 'hr', '', '{}', 'PUBLISHED')`)
  })

  async function send(mutation: string, input: object, by = anna, key: string = randomUUID()) {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`
    const { data, errors, replayed } = await subgraph.ask(
      by,
      `mutation ($key: ID!, $input: ${type}Input!) { ${mutation}(idempotencyKey: $key, input: $input) {
        ... on Refusal { code message } ... on ${type}Payload { release { ${fields} } } } }`,
      { key, input },
    )
    return { ...data?.[mutation], error: errors[0]?.extensions, replayed }
  }

  const toVersion2 = { definition: 'hireEmployee', version: 2, kind: 'ACTIVATE', reason: 'asks anew after a change' }
  const propose = (more: object = {}, by = anna, key?: string) =>
    send('proposeDefinitionRelease', { ...toVersion2, ...more }, by, key)
  const confirm = (releaseId: string, by = bernd, expectedVersion = 1, key?: string) =>
    send('confirmDefinitionRelease', { releaseId, expectedVersion }, by, key)
  const withdraw = (releaseId: string, by = bernd, expectedVersion = 1, key?: string) =>
    send('withdrawDefinitionRelease', { releaseId, expectedVersion }, by, key)
  const stands = (status: string, version: number) =>
    subgraph.sql(`update saga.definition set status = $1 where name = 'hireEmployee' and version = $2`, [
      status,
      version,
    ])
  const audited = (id: string) =>
    subgraph.sql('select operation, before, after, tags, context from kernel.audit where entity_id = $1 order by id', [
      id,
    ])

  test('is proposed by one person and confirmed by another, and audited both times', async () => {
    const { release } = await propose()
    expect(release).toMatchObject({
      ...{ definition: 'hireEmployee', definitionVersion: 2, fromVersion: 1, kind: 'ACTIVATE', status: 'PROPOSED' },
      ...{ version: 1, reason: toVersion2.reason, proposedBy: 'anna', proposedAt: expect.any(String) },
      ...{ confirmedBy: null, confirmedAt: null, outcome: null, settledAt: null },
    })
    const { release: confirmed } = await confirm(release.id)
    const decided = { status: 'CONFIRMED', version: 2, confirmedBy: 'bernd', confirmedAt: expect.any(String) }
    expect(confirmed).toEqual({ ...release, ...decided })
    expect(await audited(release.id)).toMatchObject([
      {
        ...{ operation: 'CREATE', before: null, context: { command: 'proposeDefinitionRelease', person: 'anna' } },
        after: { contentHash: '5e1e', fromVersion: 1, proposedBy: 'anna', reason: toVersion2.reason },
      },
      {
        ...{ operation: 'UPDATE', tags: ['FOUR_EYES'], before: { status: 'PROPOSED', confirmedBy: null } },
        after: { status: 'CONFIRMED', confirmedBy: 'bernd' },
        context: { command: 'confirmDefinitionRelease', person: 'bernd' },
      },
    ])
    const [kept] = await subgraph.sql('select proposed_by, confirmed_by, tenant_id from saga.release')
    expect(kept).toMatchObject({
      proposed_by: { person: 'anna', account: 'anna@day', address: '127.0.0.1' },
      ...{ confirmed_by: { person: 'bernd' }, tenant_id: subgraph.tenantId },
    })
  })

  test('is not confirmed by whoever proposed it, by another account neither', async () => {
    const { release } = await propose()
    for (const by of [anna, annaAtNight])
      expect(await confirm(release.id, by)).toMatchObject({ code: 'FOUR_EYES_VIOLATED' })
    expect(await confirm(release.id)).toMatchObject({ release: { status: 'CONFIRMED' } })
  })

  test('is proposed, confirmed and withdrawn once, however often the same key comes', async () => {
    const key = randomUUID()
    const { release } = await propose({}, anna, key)
    expect(await propose({}, anna, key)).toMatchObject({ release: { id: release.id }, replayed: true })
    await confirm(release.id, bernd, 1, 'confirm')
    expect(await confirm(release.id, bernd, 1, 'confirm')).toMatchObject({ release: { version: 2 }, replayed: true })
    expect(await audited(release.id)).toHaveLength(2)
    await subgraph.sql('delete from saga.release')
    const { release: another } = await propose()
    await withdraw(another.id, bernd, 1, 'withdraw')
    expect(await withdraw(another.id, bernd, 1, 'withdraw')).toMatchObject({ replayed: true, release: { version: 2 } })
  })

  test('is decided as it was seen', async () => {
    const { release } = await propose()
    for (const decide of [confirm, withdraw])
      expect((await decide(release.id, bernd, 7)).error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
  })

  test('is withdrawn before it is confirmed, and decided no more', async () => {
    const { release } = await propose()
    const withdrawn = { status: 'WITHDRAWN', settledAt: expect.any(String), confirmedBy: null }
    expect((await withdraw(release.id)).release).toMatchObject(withdrawn)
    expect(await confirm(release.id, bernd, 2)).toMatchObject({ code: 'RELEASE_NOT_OPEN' })
    const { release: another } = await propose()
    await confirm(another.id)
    expect(await withdraw(another.id, bernd, 2)).toMatchObject({ code: 'RELEASE_NOT_OPEN' })
    expect(await confirm(another.id, bernd, 2)).toMatchObject({ code: 'RELEASE_NOT_OPEN' })
  })

  test('is refused where it makes no sense', async () => {
    const refused = [
      [{ version: 4 }, 'PROCESS_DEFINITION_NOT_FOUND'],
      [{ definition: 'fireEmployee' }, 'PROCESS_DEFINITION_NOT_FOUND'],
      [{ version: 1 }, 'DEFINITION_ACTIVE'],
      [{ version: 1, kind: 'RETIRE' }, 'DEFINITION_ACTIVE'],
      [{ version: 0 }, 'INVALID_INPUT'],
      [{ reason: ' ' }, 'INVALID_INPUT'],
    ] as const
    for (const [input, code] of refused) expect(await propose(input), code).toMatchObject({ code })
    await stands('RETIRED', 2)
    for (const kind of ['ACTIVATE', 'RETIRE'])
      expect(await propose({ kind })).toMatchObject({ code: 'DEFINITION_RETIRED' })
    expect(await subgraph.sql('select from saga.release')).toEqual([])
  })

  test('is not confirmed when things are not as they were when it was proposed', async () => {
    const { release } = await propose()
    await stands('RETIRED', 2)
    expect(await confirm(release.id)).toMatchObject({ code: 'DEFINITION_RETIRED' })
    await stands('PUBLISHED', 2)
    await stands('DRAINING', 1)
    await stands('ACTIVE', 3)
    expect(await confirm(release.id)).toMatchObject({ code: 'RELEASE_OUTDATED' })
    await stands('DRAINING', 3)
    await stands('ACTIVE', 2)
    expect(await confirm(release.id)).toMatchObject({ code: 'DEFINITION_ACTIVE' })
    await stands('PUBLISHED', 2)
    await stands('ACTIVE', 1)
    await subgraph.sql(`update saga.definition set content_hash = '\\x00' where name = 'hireEmployee' and version = 2`)
    expect(await confirm(release.id)).toMatchObject({ code: 'RELEASE_OUTDATED' })
  })

  test('is the only one of its definition, of whichever firm', async () => {
    const { release } = await propose()
    const pending = { code: 'CONFLICT', reason: 'RELEASE_PENDING' }
    expect((await propose({ version: 3 })).error).toMatchObject(pending)
    expect((await propose({ version: 3 }, { ...bernd, tenantId: stranger.tenantId })).error).toMatchObject(pending)
    expect(await propose({ definition: 'closeMonth', version: 3, kind: 'RETIRE' })).toMatchObject({
      code: 'DEFINITION_ACTIVE',
    })
    await withdraw(release.id)
    expect(await propose({ version: 3 })).toMatchObject({ release: { status: 'PROPOSED' } })
  })

  test('is the proposing firm’s alone, and shown on its version', async () => {
    const { release } = await propose()
    const theirs = { ...bernd, tenantId: stranger.tenantId }
    for (const decide of [confirm, withdraw])
      expect(await decide(release.id, theirs)).toMatchObject({ code: 'DEFINITION_RELEASE_NOT_FOUND' })
    const shown = async (by: Caller) => {
      const query = '{ processDefinitions { name version releases { id proposedBy status } } }'
      const { data } = await subgraph.ask(by, query)
      type Row = { name: string; version: number; releases: object[] }
      const rows: Row[] = data.processDefinitions.filter(({ name }: Row) => name === 'hireEmployee')
      return rows.map(({ version, releases }) => [version, releases])
    }
    const seen = { id: release.id, proposedBy: 'anna', status: 'PROPOSED' }
    expect(await shown(bernd)).toEqual([
      [3, []],
      [2, [seen]],
      [1, []],
    ])
    expect(await shown(theirs)).toEqual([
      [3, []],
      [2, []],
      [1, []],
    ])
  })

  test('takes a scope of its own', async () => {
    expect((await propose({}, operator)).error).toMatchObject({ code: 'FORBIDDEN' })
    const { release } = await propose()
    for (const decide of [confirm, withdraw])
      expect((await decide(release.id, operator)).error).toMatchObject({ code: 'FORBIDDEN' })
  })
})
