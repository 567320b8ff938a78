import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@steinmetz/kernel/telemetry'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { composeSubgraphs } from '../compose.ts'
import { startUplink, testKey, type Uplink } from '../testing/apollo.ts'
import { approvalsSdl, ask, hrSdl, startTestbed, type Testbed } from '../testing/testbed.ts'
import { openUplink } from './uplink.ts'

// A new supergraph is planned in a thread of its own, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const supergraphOf = (hr: string, more: Readonly<Record<string, string>> = {}) =>
  composeSubgraphs(
    Object.entries({ approvals: approvalsSdl, hr, ...more }).map(([name, sdl]) => ({
      name,
      sdl,
      url: 'http://127.0.0.1:1/',
    })),
  )

async function uplinkOf(hr = hrSdl): Promise<Uplink> {
  const uplink = await startUplink(supergraphOf(hr))
  stops.push(uplink.stop)
  return uplink
}

/** A gateway whose supergraph comes from Uplink, and nowhere else. */
async function managed(uplink: Uplink, env: Record<string, string> = {}): Promise<Testbed> {
  const bed = await startTestbed(() => ({
    SUPERGRAPH: '',
    APOLLO_KEY: testKey,
    APOLLO_GRAPH_REF: 'erp@test',
    APOLLO_UPLINK_ENDPOINTS: uplink.url,
    APOLLO_USAGE_REPORTING: 'off',
    ...env,
  }))
  stops.push(bed.stop)
  return bed
}

const silent = createLog({ service: 'gateway', level: 'silent' })

const optionsOf = (uplink: Uplink, log = silent) => ({
  key: testKey,
  graphRef: 'erp@test',
  endpoints: [uplink.url],
  log,
  now: () => new Date(),
})

async function knows(bed: Testbed, field: string): Promise<boolean> {
  const { body } = await ask(bed, '{ __type(name: "Query") { fields { name } } }')
  return JSON.stringify(body).includes(`"${field}"`)
}

type Health = { status: string; checks: Record<string, { output?: string }[]> }

async function healthOf(bed: Testbed): Promise<Health> {
  return (await (await fetch(`${bed.gateway.url}/health`)).json()) as Health
}

async function uplinkHealth(bed: Testbed) {
  const { status, checks } = await healthOf(bed)
  return { status, why: checks['apollo-uplink:responseTime']?.[0]?.output }
}

describe('a gateway with a graph in Apollo Studio', () => {
  it('serves the supergraph of Uplink, and a newer one without a restart', async () => {
    const uplink = await uplinkOf()
    const bed = await managed(uplink)
    expect((await ask(bed, '{ employee(id: "7") { name } }')).body).toEqual({
      data: { employee: { name: 'Employee 7' } },
    })
    uplink.supergraph = supergraphOf(hrSdl.replace('slow: String', 'latest: String'))
    await vi.waitFor(async () => expect(await knows(bed, 'latest')).toBe(true))
    expect(await uplinkHealth(bed)).toMatchObject({ status: 'pass' })
  })

  it('tells the circuits of the subgraphs it serves, also of those a newer supergraph brought', async () => {
    const uplink = await uplinkOf()
    const bed = await managed(uplink)
    uplink.supergraph = supergraphOf(hrSdl, { stores: 'type Query { stock: Int }' })
    await vi.waitFor(async () => expect(await knows(bed, 'stock')).toBe(true))
    await vi.waitFor(async () =>
      expect(Object.keys((await healthOf(bed)).checks)).toContain('subgraph-stores:responseTime'),
    )
  })

  it('keeps serving when the new one cannot be served, says why, and takes the next', async () => {
    const uplink = await uplinkOf()
    const bed = await managed(uplink)
    uplink.supergraph = 'type Query { broken: Nowhere }'
    await vi.waitFor(async () => expect((await uplinkHealth(bed)).why).toContain('SUPERGRAPH_REFUSED'))
    expect(await uplinkHealth(bed)).toMatchObject({ status: 'warn' })
    expect(await knows(bed, 'slow')).toBe(true)
    uplink.supergraph = supergraphOf(hrSdl.replace('slow: String', 'mended: String'))
    await vi.waitFor(async () => expect(await knows(bed, 'mended')).toBe(true))
    await vi.waitFor(async () => expect(await uplinkHealth(bed)).toMatchObject({ status: 'pass' }))
  })

  it('keeps serving while Uplink is away, and takes what it missed', async () => {
    const uplink = await uplinkOf()
    const bed = await managed(uplink)
    uplink.isAway = true
    await vi.waitFor(async () => expect((await uplinkHealth(bed)).why).toContain('UPLINK_UNREACHABLE'))
    expect((await ask(bed, '{ employee(id: "7") { id } }')).body).toEqual({ data: { employee: { id: '7' } } })
    uplink.supergraph = supergraphOf(hrSdl.replace('slow: String', 'missed: String'))
    uplink.isAway = false
    await vi.waitFor(async () => expect(await knows(bed, 'missed')).toBe(true))
    await vi.waitFor(async () => expect(await uplinkHealth(bed)).toMatchObject({ status: 'pass' }))
  })

  it('takes the file that SUPERGRAPH names before it asks Uplink', async () => {
    const uplink = await uplinkOf(hrSdl.replace('slow: String', 'latest: String'))
    const bed = await startTestbed(() => ({
      APOLLO_KEY: testKey,
      APOLLO_GRAPH_REF: 'erp@test',
      APOLLO_UPLINK_ENDPOINTS: uplink.url,
      APOLLO_USAGE_REPORTING: 'off',
    }))
    stops.push(bed.stop)
    expect(await knows(bed, 'slow')).toBe(true)
    expect(uplink.polls).toBe(0)
  })
})

describe('an Uplink that misbehaves', () => {
  it('is not waited for when the gateway stops amid a poll it does not answer', async () => {
    const uplink = await uplinkOf()
    const source = await openUplink(optionsOf(uplink))
    const before = uplink.polls
    uplink.isSilent = true
    await vi.waitFor(() => expect(uplink.polls).toBeGreaterThan(before))
    const began = performance.now()
    await source.stop()
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('is away when it answers more than a supergraph can be, and what it sent is not read', async () => {
    const uplink = await uplinkOf()
    const source = await openUplink(optionsOf(uplink))
    stops.push(source.stop)
    uplink.supergraph = `# ${'x'.repeat(9_000_000)}`
    await vi.waitFor(() => expect(source.checks[0]?.check()).rejects.toThrow(/larger than 8388608 bytes/))
  })

  it.each([
    ['nothing', 'null'],
    ['no answer', '{"data":null}'],
    ['a list', '[]'],
    ['no supergraph', '{"data":{"routerConfig":{"__typename":"RouterConfigResult"}}}'],
    ['a page', '<html>'],
  ])('fails the start with a reason when it answers %s', async (_what, answer) => {
    const uplink = await uplinkOf()
    uplink.answer = answer
    await expect(openUplink(optionsOf(uplink))).rejects.toThrow(/no supergraph of erp@test came from Apollo Uplink/)
  })

  it('sends the key nowhere else', async () => {
    const [uplink, elsewhere] = [await uplinkOf(), await uplinkOf()]
    uplink.redirect = elsewhere.url
    await expect(openUplink(optionsOf(uplink))).rejects.toThrow(/no supergraph of erp@test/)
    expect(elsewhere.polls).toBe(0)
  })
})

/** A supergraph of an Uplink, with the field `kept`, that a gateway has served and kept in a file. */
async function kept() {
  const folder = await mkdtemp(join(tmpdir(), 'uplink-'))
  stops.push(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'supergraph.graphql')
  const uplink = await uplinkOf(hrSdl.replace('slow: String', 'kept: String'))
  await managed(uplink, { SUPERGRAPH_CACHE: file })
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain(uplink.supergraph))
  return { uplink, file }
}

describe('a start without Uplink', () => {
  it('fails, and says what to look at', async () => {
    const uplink = await uplinkOf()
    uplink.isAway = true
    await expect(managed(uplink)).rejects.toThrow(/no supergraph of erp@test .* 503 .* Check APOLLO_KEY/)
  })

  it('serves the supergraph that was served last, where it was kept', async () => {
    const { uplink, file } = await kept()
    uplink.isAway = true
    const second = await managed(uplink, { SUPERGRAPH_CACHE: file })
    expect(await knows(second, 'kept')).toBe(true)
    const { status, why } = await uplinkHealth(second)
    expect(status).toBe('warn')
    expect(why).toMatch(/^UPLINK_UNREACHABLE: .*, the one kept at 20\d\d-.* serves, as Apollo Uplink is away since/)
  })
})

describe('a start beside an Uplink whose newest supergraph is broken', () => {
  it('serves the one that was served last, says that and why, and takes the next', async () => {
    const { uplink, file } = await kept()
    const before = await readFile(file, 'utf8')

    uplink.supergraph = 'type Query { broken: Nowhere }'
    const second = await managed(uplink, { SUPERGRAPH_CACHE: file })
    expect(await knows(second, 'kept')).toBe(true)
    const { status, why } = await uplinkHealth(second)
    expect(status).toBe('warn')
    expect(why).toMatch(/^SUPERGRAPH_REFUSED: .*, the one kept at 20\d\d-.* serves: it names no subgraph/)
    expect(await readFile(file, 'utf8')).toBe(before)

    uplink.supergraph = supergraphOf(hrSdl.replace('slow: String', 'mended: String'))
    await vi.waitFor(async () => expect(await knows(second, 'mended')).toBe(true))
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain(uplink.supergraph))
    await vi.waitFor(async () => expect(await uplinkHealth(second)).toMatchObject({ status: 'pass' }))
  })

  it('fails with the reasons where none was kept', async () => {
    const uplink = await uplinkOf()
    uplink.supergraph = 'type Query { broken: Nowhere }'
    await expect(managed(uplink)).rejects.toThrow(/it names no subgraph/)
  })
})

it('is told once that Uplink is away, and never the key', async () => {
  const uplink = await uplinkOf()
  const lines: string[] = []
  const log = createLog({ service: 'gateway', level: 'debug', to: { write: (line) => lines.push(line) } })
  const options = optionsOf(uplink, log)
  const source = await openUplink(options)
  stops.push(source.stop)
  // From now on every poll is answered by an error that repeats the key.
  uplink.key = 'service:erp:another'
  const before = uplink.polls
  await vi.waitFor(() => expect(uplink.polls).toBeGreaterThan(before + 3))
  expect(lines.filter((line) => line.includes('AUTHENTICATION_FAILED: bad key [not logged]'))).toHaveLength(1)
  await expect(openUplink(options)).rejects.toThrow('AUTHENTICATION_FAILED: bad key [not logged]')
  expect(lines.join()).not.toContain(testKey)
})
