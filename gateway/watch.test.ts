import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@steinmetz/kernel/telemetry'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { approvalsSdl, ask, hrSdl, startTestbed, type Testbed } from './testing/testbed.ts'
import { watchSubgraphs } from './watch.ts'

let bed: Testbed
let folder = ''
// A new supergraph is planned in a thread of its own, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'))
  await write('hr', hrSdl)
  await write('approvals', approvalsSdl)
  bed = await startTestbed(() => ({ WATCH_SUBGRAPHS: folder }))
})
afterAll(async () => {
  await bed.stop()
  await rm(folder, { recursive: true, force: true })
})

async function write(name: string, sdl: string) {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'schema.graphql'), sdl)
}

async function knows(field: string): Promise<boolean> {
  const { body } = await ask(bed, '{ __type(name: "Query") { fields { name } } }')
  return JSON.stringify(body).includes(`"${field}"`)
}

it('serves a changed contract without a restart; a request ends on the supergraph it began on', async () => {
  const holding = once(bed.hr.held, 'holding')
  const answer = ask(bed, '{ slow }')
  await holding
  await write('hr', hrSdl.replace('slow: String', 'later: String'))
  await vi.waitFor(async () => expect(await knows('later')).toBe(true))
  bed.hr.held.emit('release')
  expect((await answer).body).toEqual({ data: { slow: 'at last' } })
  expect((await ask(bed, '{ slow }')).body.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' })
})

it('keeps serving the old supergraph when the new one cannot be routed', async () => {
  await write('warehouse', 'type Query { invoices: Int }')
  await write('hr', hrSdl.replace('slow: String', 'unseen: String'))
  await rm(join(folder, 'warehouse'), { recursive: true })
  await write('hr', hrSdl.replace('slow: String', 'mended: String'))
  await vi.waitFor(async () => expect(await knows('mended')).toBe(true))
})

it('swaps nothing in when the contracts do not compose, and logs every reason', async () => {
  const lines: string[] = []
  const swapped: string[] = []
  const log = createLog({ service: 'gateway', to: { write: (line) => lines.push(line) } })
  await write('hr', hrSdl)
  const watching = watchSubgraphs(folder, async (sdl) => swapped.push(sdl) > 0, log)
  await vi.waitFor(() => expect(swapped).toHaveLength(1))

  await write('hr', 'type Query { employee: Nowhere }')
  await vi.waitFor(() => expect(lines.join()).toContain('kept the supergraph'))
  const told = JSON.parse(lines.find((line) => line.includes('kept the supergraph')) ?? '{}')
  expect(told).toMatchObject({ level: 'error', reasons: [expect.stringContaining('Nowhere')] })
  expect(swapped).toHaveLength(1)

  await write('hr', hrSdl.replace('slow: String', 'mended: String'))
  await vi.waitFor(() => expect(swapped.at(-1)).toContain('mended'))
  watching.stop()
})
