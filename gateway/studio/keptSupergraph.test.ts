import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@steinmetz/kernel/telemetry'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keptSupergraph } from './keptSupergraph.ts'

const sdl = 'type Query {\n  kept: Boolean\n}\n'
const servedAt = '2026-11-23T08:00:00.000Z'
const lines: string[] = []

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(() => {
  lines.length = 0
})

function kept({ key = 'service:erp:one', graphRef = 'erp@production' } = {}) {
  const log = createLog({ service: 'gateway', to: { write: (line) => lines.push(line) } })
  return keptSupergraph({ file: join(folder, 'kept.graphql'), key, graphRef, log, now: () => new Date(servedAt) })
}

const file = () => join(folder, 'kept.graphql')

describe('the supergraph that was kept', () => {
  it('is read as it was served, with the time it was served at', async () => {
    await kept().write(sdl)
    expect(await kept().read()).toEqual({ sdl, servedAt })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(lines).toEqual([])
  })

  it('is none where there is no file', async () => {
    await rm(file(), { force: true })
    expect(await kept().read()).toBeUndefined()
    expect(lines).toEqual([])
  })

  it.each([
    ['of another variant', { graphRef: 'erp@staging' }],
    ['sealed with another key', { key: 'service:erp:two' }],
  ])('is not taken when it is %s', async (_what, other) => {
    await kept(other).write(sdl)
    expect(await kept().read()).toBeUndefined()
    expect(lines.join()).toContain('is not taken')
  })

  it.each([
    ['was changed', (text: string) => text.replace('kept:', 'stolen:')],
    ['is dated anew', (text: string) => text.replace('2026', '2027')],
    ['was cut short', (text: string) => text.slice(0, -5)],
    ['has no seal', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['is empty but for its seal', (text: string) => text.slice(0, text.indexOf('\n') + 1)],
  ])('is not taken when it %s', async (_what, change) => {
    await kept().write(sdl)
    await writeFile(file(), change(await readFile(file(), 'utf8')))
    expect(await kept().read()).toBeUndefined()
    expect(lines.join()).toContain('is not taken')
  })
})
