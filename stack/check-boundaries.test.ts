import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

const root = dirname(import.meta.dirname)
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
const folder = await mkdtemp(join(tmpdir(), 'boundaries-'))
afterAll(() => rm(folder, { recursive: true }))

/** Imports from one file of a repository to another, each planted with what `how` writes. */
type Import = readonly [from: string, to: string, how?: 'value' | 'type' | 'lazy']

const allowed: Import[] = [
  ['gateway/main.ts', 'kernel/auth/index.ts'],
  ['subgraphs/hr/commands/hire.ts', 'subgraphs/hr/command.ts'],
  ['subgraphs/hr/commands/hire.ts', 'subgraphs/hr/domain/employment.ts'],
  ['subgraphs/hr/commands/hire.ts', 'kernel/command/index.ts'],
  ['subgraphs/hr/queries/employees.ts', 'subgraphs/hr/entities/Employee.ts'],
  ['subgraphs/hr/queries/employees.ts', 'kernel/subgraph/index.ts'],
  ['subgraphs/hr/domain/employment.ts', 'kernel/errors/index.ts'],
  ['subgraphs/hr/domain/roster.ts', 'kernel/table/index.ts'],
  ['subgraphs/hr/domain/employment.ts', 'subgraphs/hr/generated/prisma/client.ts', 'type'],
  ['subgraphs/hr/events.ts', 'kernel/outbox/index.ts'],
  ['subgraphs/hr/main.ts', 'subgraphs/hr/commands/hire.ts'],
  ['subgraphs/hr/commands/hire.test.ts', 'stack/testing/database.ts'],
  ['saga-worker/sagas/hireEmployee.ts', 'saga-worker/engine/saga.ts'],
  ['saga-worker/sagas/hireEmployee.ts', 'subgraphs/hr/events.ts'],
  ['saga-worker/engine/saga.ts', 'kernel/database/index.ts'],
  ['saga-worker/main.ts', 'saga-worker/sagas/hireEmployee.ts'],
  ['kernel/command/index.ts', 'kernel/outbox/index.ts'],
  ['stack/start.ts', 'subgraphs/hr/main.ts', 'lazy'],
  ['e2e/hiring/hiring.test.ts', 'stack/start.ts'],
]

const forbidden: [rule: string, ...Import][] = [
  ['gateway', 'gateway/engine/a.ts', 'subgraphs/hr/events.ts'],
  ['gateway', 'gateway/engine/a.ts', 'kernel/database/index.ts', 'type'],
  ['commands', 'subgraphs/hr/commands/a.ts', 'subgraphs/hr/commands/hire.ts'],
  ['commands', 'subgraphs/hr/commands/a.ts', 'subgraphs/hr/queries/employees.ts'],
  ['commands', 'subgraphs/hr/commands/a.ts', 'subgraphs/payroll/events.ts'],
  ['commands', 'subgraphs/hr/commands/a.ts', 'kernel/database/index.ts'],
  ['queries-and-entities', 'subgraphs/hr/queries/a.ts', 'subgraphs/hr/commands/hire.ts'],
  ['queries-and-entities', 'subgraphs/hr/entities/A.ts', 'kernel/command/index.ts'],
  ['domain', 'subgraphs/hr/domain/a.ts', 'kernel/database/index.ts'],
  ['domain', 'subgraphs/hr/domain/a.ts', 'subgraphs/hr/events.ts'],
  ['decisions-know-rows-as-types-only', 'subgraphs/hr/domain/a.ts', 'subgraphs/hr/generated/prisma/client.ts'],
  ['events', 'subgraphs/payroll/events.ts', 'subgraphs/payroll/domain/a.ts'],
  ['subgraph', 'subgraphs/hr/subgraph.ts', 'subgraphs/payroll/events.ts'],
  ['subgraph', 'subgraphs/hr/main.ts', 'gateway/main.ts', 'lazy'],
  ['sagas', 'saga-worker/sagas/a.ts', 'saga-worker/engine/store.ts'],
  ['sagas', 'saga-worker/sagas/a.ts', 'subgraphs/hr/domain/employment.ts', 'type'],
  ['engine-and-adapters', 'saga-worker/engine/a.ts', 'saga-worker/sagas/hireEmployee.ts'],
  ['saga-worker', 'saga-worker/config.ts', 'subgraphs/hr/domain/employment.ts'],
  ['german-payroll', 'german-payroll/tax/a.ts', 'kernel/errors/index.ts'],
  ['kernel-outbox', 'kernel/outbox/a.ts', 'kernel/command/index.ts'],
  ['kernel-errors', 'kernel/errors/a.ts', 'subgraphs/hr/events.ts'],
  ['stack', 'stack/a.ts', 'subgraphs/hr/domain/employment.ts'],
  ['demo-e2e-bench', 'demo/a.ts', 'saga-worker/engine/signal.ts'],
  ['tests-stay-in-their-package', 'subgraphs/hr/domain/a.test.ts', 'subgraphs/payroll/domain/a.ts'],
  ['no-test-code-in-programs', 'subgraphs/hr/config.ts', 'stack/testing/database.ts'],
  ['no-cycles', 'kernel/bus/a.ts', 'kernel/bus/b.ts', 'type'],
  ['decisions-and-sagas-do-no-io', 'subgraphs/hr/domain/b.ts', 'node:fs'],
  ['resolvable', 'kernel/bus/c.ts', 'kernel/bus/nowhere.ts'],
]

async function plant(imports: readonly Import[]) {
  const files = new Map<string, string>()
  for (const [from, to, how = 'value'] of imports) {
    const path = to.startsWith('node:') ? to : relative(dirname(from), to).replace(/^(?!\.)/, './')
    const line = { value: `import '${path}'`, type: `import type {} from '${path}'`, lazy: `await import('${path}')` }[
      how
    ]
    files.set(from, `${files.get(from) ?? ''}${line}\n`)
    if (!/nowhere|^node:/.test(to)) files.set(to, files.get(to) ?? '')
  }
  for (const [path, text] of files) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), `${text}export {}\n`)
  }
}

async function violations(): Promise<string[]> {
  await cp(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  const args = [cruiser, '--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json', '.']
  const run = promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1e8 })
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  const found: { from: string; to: string; rule: { name: string } }[] = JSON.parse(stdout).summary.violations
  return found.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)
}

describe('the table of who may import whom', () => {
  it('lets pass what it allows, and finds each import that it forbids', async () => {
    await plant(allowed)
    expect(await violations()).toEqual([])

    await plant([
      ...allowed,
      ...forbidden.map(([, ...planted]) => planted),
      ['kernel/bus/b.ts', 'kernel/bus/a.ts', 'type'],
    ])
    const found = await violations()
    const missed = forbidden.filter(([rule, from, to]) => {
      const target = to.startsWith('node:') ? 'fs' : to
      return !found.some(
        (each) => each.startsWith(`${rule}: ${from} → `) && each.endsWith(target.replace(/.*nowhere/, 'nowhere')),
      )
    })
    expect(missed, found.join('\n')).toEqual([])
  }, 30_000)
})
