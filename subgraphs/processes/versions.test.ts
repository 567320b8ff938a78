import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Processes, processes } from './testing/sagas.ts'
import { difference, standing } from './versions.ts'

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, 'versions.ts'), ...args]).catch((error) => error)

const step = (name: string, more: object = {}) => ({ name, kind: 'step', ...more })

describe('npm run process-versions', () => {
  let subgraph: Processes
  beforeAll(async () => {
    subgraph = await processes()
  })
  afterAll(() => subgraph.stop())

  it('tells what a published version of ours does differently', async () => {
    const { stdout } = await run('hireEmployee', '1', '2')
    expect(stdout).toMatch(/^hireEmployee, from version 1 to 2\n {2}ADDED {4}terms\n/)
    expect(stdout).toMatch(/\n {2}CHANGED {2}contract\n.*\$start\.contractHash.*\n.*\$terms\.contractHash.*\n.*\n$/)
  })

  it('tells of each change what it was and what it is', () => {
    const before = { deadlineDays: 30, steps: [step('a'), step('b'), step('c', { command: 1 }), step('d')] }
    const after = { deadlineDays: 60, steps: [step('b'), step('a'), step('c', { command: 2 })] }
    expect(difference(before, after).split('\n')).toEqual([
      '  MOVED    b',
      '  MOVED    a',
      '  CHANGED  c',
      '           - command 1',
      '           + command 2',
      '  REMOVED  d',
      '           - kind "step"',
      '  CHANGED  deadlineDays: 30 -> 60',
      '',
    ])
    expect(difference(before, before)).toBe('  nothing is different\n')
  })

  it('counts what stays on each version, of every firm, and refuses to count what it cannot see', async () => {
    await subgraph.saga()
    await subgraph.saga({ tenant_id: '22222222-2222-4222-8222-222222222222' })
    await subgraph.saga({ state: 'COMPLETED', finished_at: '2026-11-23T08:15:00Z' })
    await subgraph.sql(`insert into saga.definition (name, version, owner, content_hash, shape, status)
      values ('hireEmployee', 2, 'hr', '', '{}', 'PUBLISHED')`)
    const told = '  version 1 is ACTIVE, 2 run on it\n  version 2 is PUBLISHED, 0 run on it\n'
    const { engineUrl, serviceUrl } = subgraph.database
    expect(await standing(engineUrl, 'hireEmployee')).toBe(told)
    expect((await run('hireEmployee', '1', '2', '--database', engineUrl)).stdout).toContain(told)
    await expect(standing(serviceUrl, 'hireEmployee')).rejects.toThrow('processes_engine')
  })

  it('says what there is when it is asked for what is not', async () => {
    expect(await run('hireEmployee', '1', '7')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hireEmployee 7 is not published; these are: .*hireEmployee 2/),
    })
    expect(await run('hireEmployee')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Usage: /) })
  })
})
