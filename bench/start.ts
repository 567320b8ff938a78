import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

const root = join(import.meta.dirname, '..')
const data = join(root, '.data', 'bench')
const rounds = Number(process.argv[2] ?? 7)

/** The two ways of starting that are compared: with the compiled code that earlier starts have kept, and without. */
const ways = { 'code kept': {}, 'code compiled anew': { NODE_DISABLE_COMPILE_CACHE: '1' } } as const
type Way = keyof typeof ways

/**
 * How long `npm start` takes on data that exist, from the command to the line that says it is ready. The ways take
 * turns; a figure is the median of its rounds.
 */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-start-'))
  // PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755)
  const seconds: Record<Way, number[]> = { 'code kept': [], 'code compiled anew': [] }
  try {
    // Round 0 creates the data and fills what is kept.
    for (let round = 0; round <= rounds; round++)
      for (const way of Object.keys(ways) as Way[]) {
        const took = await start(folder, ways[way])
        process.stderr.write(`· round ${round} of ${rounds}, ${way}: ${took.toFixed(2)} s\n`)
        if (round > 0) seconds[way].push(took)
      }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 })
  }
  report(seconds)
}

/** Starts the platform, stops it in order, and gives the seconds until it was ready. */
async function start(folder: string, env: Readonly<Record<string, string>>): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [join(root, 'stack', 'bootstrap.mjs'), 'start'], {
    env: { ...process.env, DATA_DIR: folder, PORTS: 'free', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let output = ''
  const ready = Promise.withResolvers<number>()
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk)
      if (output.includes('Ctrl-C stops everything')) ready.resolve((performance.now() - began) / 1_000)
    })
  void ended.then(() => ready.reject(new Error(`the platform ended:\n${output}`)))
  const seconds = await ready.promise
  child.kill('SIGTERM')
  await ended
  return seconds
}

function report(seconds: Readonly<Record<Way, readonly number[]>>): void {
  process.stdout.write(
    `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown machine'}, Node ${process.version}\n\n`,
  )
  process.stdout.write('| start again | median s | fastest s | slowest s |\n|---|---|---|---|\n')
  const at = (sorted: readonly number[], share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  const figures = (Object.keys(ways) as Way[]).map((way) => {
    const sorted = seconds[way].toSorted((one, other) => one - other)
    const [median, fastest, slowest] = [at(sorted, 0.5), at(sorted, 0), at(sorted, 1)].map((one) => one.toFixed(2))
    process.stdout.write(`| ${way} | ${median} | ${fastest} | ${slowest} |\n`)
    return { figure: `start-seconds ${way}`, unit: 's', value: Number(median) }
  })
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'start.json'), `${JSON.stringify(figures, null, 2)}\n`)
}

await main()
