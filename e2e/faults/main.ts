/**
 * `npm run e2e -- faults [--minutes N] [--seed S]`: real workers, killed, paused and cut off from all they need, drive
 * processes whose effects are counted afterwards. docs/runbooks/processes.md says how to read the table.
 */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ownFolder } from '../platform.ts'
import { atLeast } from './kinds.ts'
import { plants } from './plant.ts'
import { reportOf } from './report.ts'
import { type Findings, injectFaults, type Run } from './run.ts'
import { startWorld, type World } from './world.ts'

const usage = `npm run e2e -- faults [--minutes N] [--seed S] [--plant BUG]

  --minutes N  injects faults for so long; without it, until there are ${atLeast} of each kind
  --seed S     the schedule of an earlier run
  --plant BUG  shows that a bug is seen: ${plants.join(', ')}
`
const logTail = 2_000

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main(run: Run): Promise<number> {
  say(`faults, seed ${run.seed}${run.plant ? `, planted: ${run.plant}` : ''}`)
  const folder = await ownFolder('faults')
  const started: (() => Promise<void> | void)[] = []
  try {
    const world = await startWorld(folder.path, started, say)
    say(
      world.redis
        ? 'the queue is in a private Redis'
        : 'Redis faults are not injected: there is no redis-server on PATH',
    )
    return tell(await Promise.race([world.failed, injectFaults(world, run, started, say)]), world, run)
  } finally {
    for (const stop of started.reverse()) await stop()
    await folder.remove()
  }
}

/** Prints the table and what is wrong with it; gives the exit code. */
function tell({ tally, recovery, verdict, left }: Findings, { redis, logFile }: World, { seed, minutes }: Run): number {
  const notes = {
    ...(redis && { 'Redis stopped': minutes === undefined ? 'once for 60 s, else for 1 to 2.5 s' : 'for 60 s each' }),
    ...(!redis && { 'Redis stopped': 'no redis-server', 'Redis flushed': 'no redis-server' }),
  } as const
  say(`\n${reportOf({ tally, recovery, verdict }, notes)}\n`)
  const { lost, twice, orphaned, stuck, missing, endedWrongly } = verdict
  const wrong = lost + twice + orphaned + stuck + missing + endedWrongly
  const tooFew = tally.tooFew()
  if (wrong > 0) say([...left, readFileSync(logFile, 'utf8').slice(-logTail)].join('\n'))
  if (tooFew.length > 0) say(`fewer than ${atLeast} of: ${tooFew.join(', ')}`)
  const failed = wrong > 0 || tooFew.length > 0 || verdict.started === 0
  say(`${failed ? 'FAILED' : 'passed'}, seed ${seed}`)
  return failed ? 1 : 0
}

function readArguments(): Run | undefined {
  const options = { minutes: { type: 'string' }, seed: { type: 'string' }, plant: { type: 'string' } } as const
  const { minutes, seed, plant } = parseArgs({ options }).values
  const run = {
    seed: seed === undefined ? randomInt(2 ** 31) : Number(seed),
    minutes: minutes === undefined ? undefined : Number(minutes),
    plant,
  }
  const isRun = Number.isInteger(run.seed) && (run.minutes ?? 1) > 0 && (plant === undefined || plants.includes(plant))
  return isRun ? run : undefined
}

const run = readArguments()
if (!run) process.stderr.write(usage)
process.exit(run ? await main(run) : 1)
