import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'

/** How a worker will end: at a boundary, the nth time it comes there. */
export type Doom = { readonly boundary: string; readonly nth: number }

export type WorkerKind = {
  /** How wrong its clock is. */
  readonly clockMs: number
  /** How much later than others it comes to its end. */
  readonly patience: number
}

export type WorkersOptions = {
  readonly env: Readonly<Record<string, string>>
  /** A file, open for writing, to which they log. */
  readonly output: number
  readonly workers: readonly WorkerKind[]
  /** How the next worker ends; undefined: it lives. */
  nextDoom(): Doom | undefined
  onStart(worker: WorkerKind): void
  /** Told that a worker died as it was doomed to. */
  onDeath(doom: Doom, worker: string): void
  /** A doom whose worker ended otherwise. */
  onSpared(doom: Doom): void
  /** Resolves when it makes sense to start a worker. */
  whenPossible(): Promise<void>
}

/** Workers in processes of their own; each that ends is started again, under another name. */
export type Workers = {
  /** The names and processes of those that run now. */
  running(): readonly { name: string; process: ChildProcess }[]
  /** Restarts them one after another with the processes' next version. `between` is done in the middle. */
  deploy(versions: number, between: () => Promise<void>): Promise<void>
  /** Starts those that are killed no more, and kills nobody. */
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '..', '..')
const programs = ['--import', './stack/follow-bootstrap.mjs', '--import', './e2e/faults/shiftedClock.ts']
const entry = 'saga-worker/testing/faultyWorker.ts'
const pauseMs = 100
const endTimeoutMs = 30_000

type Slot = WorkerKind & {
  versions: number
  name: string
  doom: Doom | undefined
  child: ChildProcess | undefined
  ended: Promise<void>
}

export function startWorkers(options: WorkersOptions): Workers {
  let stopping = false
  let started = 0
  const slots = options.workers.map(
    (worker): Slot => ({
      ...worker,
      versions: 1,
      name: '',
      doom: undefined,
      child: undefined,
      ended: Promise.resolve(),
    }),
  )

  async function keep(slot: Slot): Promise<void> {
    while (!stopping) {
      await options.whenPossible()
      if (stopping) return
      const doom = options.nextDoom()
      slot.name = `worker-${++started}`
      const child = run(slot, doom, options)
      slot.child = child
      slot.doom = doom
      options.onStart(slot)
      const [, signal] = await once(child, 'exit')
      slot.child = undefined
      if (doom && signal === 'SIGKILL') options.onDeath(doom, slot.name)
      else if (doom) options.onSpared(doom)
      await pass(pauseMs)
    }
  }

  for (const slot of slots) slot.ended = keep(slot)
  return {
    running: () => slots.flatMap(({ name, child }) => (child ? [{ name, process: child }] : [])),
    async deploy(versions, between) {
      for (const [nth, slot] of slots.entries()) {
        slot.versions = versions
        // Whoever dies in a moment comes back with it.
        if (!slot.doom || slot.patience > 1) await end(slot.child)
        if (nth === 0) await between()
      }
    },
    async stop() {
      stopping = true
      await Promise.all(slots.map(({ child }) => end(child)))
      await Promise.all(slots.map(({ ended }) => ended))
    },
  }
}

function run(
  { clockMs, patience, versions, name }: Slot,
  doom: Doom | undefined,
  { env, output }: WorkersOptions,
): ChildProcess {
  return spawn(process.execPath, [...programs, entry], {
    cwd: root,
    stdio: ['ignore', output, output],
    env: {
      ...env,
      WORKER_NAME: name,
      CLOCK_OFFSET_MS: String(clockMs),
      TRANSFER_VERSIONS: String(versions),
      ...(doom && { DIES_AT: `${doom.boundary}:${doom.nth * patience}` }),
    },
  })
}

/** Asks a worker to end, and waits until it has. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => {
    process.stderr.write(`a worker did not end within ${endTimeoutMs / 1_000} s of being asked to: it is killed\n`)
    child.kill('SIGKILL')
  }, endTimeoutMs)
  await gone
  clearTimeout(patience)
}
