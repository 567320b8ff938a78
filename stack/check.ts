/**
 * `pnpm check`: everything a machine can hold without running the programs. All checks run at once; each says
 * how long it took, and what it found. `--write` repairs what can be repaired: format, imports, the golden
 * supergraph. Names of checks run those alone: `pnpm check lint types`.
 */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { problemsIn, sourcesOf } from './check-sources.ts'

type Found = { ok: boolean; output: string }
type Check = { name: string; holds: string; run: (write: boolean) => Promise<Found> }

const root = dirname(import.meta.dirname)
const PACKAGES = ['gateway', 'subgraphs', 'saga-worker', 'german-payroll', 'kernel', 'stack', 'demo', 'e2e', 'bench']

const checks: Check[] = [
  {
    name: 'types',
    holds: 'TypeScript',
    run: () => tool('typescript', 'bin/tsc', ['--project', '.', '--pretty', 'false']),
  },
  {
    name: 'lint',
    holds: 'lint and format',
    run: (write) =>
      tool('@biomejs/biome', 'bin/biome', [
        'check',
        '--error-on-warnings',
        '--colors=off',
        '--max-diagnostics=500',
        ...(write ? ['--write'] : []),
      ]),
  },
  {
    name: 'boundaries',
    holds: 'who imports whom, cycles',
    run: () => tool('dependency-cruiser', 'bin/dependency-cruiser.mjs', [...PACKAGES]),
  },
  { name: 'dead', holds: 'dead code', run: () => tool('knip', 'bin/knip.js', ['--no-config-hints', '--no-progress']) },
  {
    name: 'supergraph',
    holds: 'golden supergraph',
    run: (write) => node(join('gateway', 'compose.ts'), [write ? '--write' : '--check']),
  },
  {
    name: 'sagas',
    holds: 'published saga definitions',
    run: (write) => node(join('saga-worker', 'publish.ts'), write ? ['--write'] : []),
  },
  {
    name: 'metrics',
    holds: 'docs/metrics.md',
    run: (write) => node(join('stack', 'document-metrics.ts'), [write ? '--write' : '--check']),
  },
  {
    name: 'sources',
    holds: 'length, depth, clock, kernel words',
    run: async () => {
      const problems = problemsIn(sourcesOf(root))
      return { ok: problems.length === 0, output: problems.join('\n') }
    },
  },
]

async function main(args: readonly string[]): Promise<number> {
  const write = args.includes('--write')
  const named = args.filter((arg) => arg !== '--write')
  const wrong = named.filter((name) => !checks.some((check) => check.name === name))
  if (wrong.length > 0) {
    process.stderr.write(`there is no check named ${wrong.join(', ')}: ${checks.map(({ name }) => name).join(', ')}\n`)
    return 1
  }
  const began = performance.now()
  const chosen = checks.filter(({ name }) => named.length === 0 || named.includes(name))
  const results = await Promise.all(
    chosen.map(async (check) => {
      const from = performance.now()
      const found = await check.run(write)
      const line = `${found.ok ? '✓' : '✗'} ${check.name.padEnd(11)} ${check.holds.padEnd(36)} ${seconds(from)}\n`
      process.stdout.write(line)
      return { check, found }
    }),
  )
  const failed = results.filter(({ found }) => !found.ok)
  for (const { check, found } of failed) process.stdout.write(`\n── ${check.name} ──\n${found.output.trim()}\n`)
  const verdict = failed.length === 0 ? 'all is well' : `${failed.length} of ${chosen.length} checks failed`
  process.stdout.write(`\n${verdict}, ${seconds(began)}\n`)
  return failed.length === 0 ? 0 : 1
}

/** Runs the program of a package that the root names, by the Node it names. */
function tool(name: string, bin: string, args: readonly string[]): Promise<Found> {
  return node(join(root, 'node_modules', name, bin), args)
}

async function node(file: string, args: readonly string[]): Promise<Found> {
  const child = spawn(process.execPath, [file, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  const [code, out, errors] = await Promise.all([exit, text(child.stdout), text(child.stderr)])
  return { ok: code === 0, output: out + errors }
}

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`
}

process.exitCode = await main(process.argv.slice(2))
