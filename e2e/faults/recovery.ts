import { setTimeout as pass } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Kind } from './kinds.ts'

/**
 * How long it took from a fault until the processes that it met went on: until each stood at another step, or had
 * ended. For a lost answer: until the same command was answered.
 */
export type Recovery = {
  /** Watches the processes that a fault met, from now on. `where` finds them, by what stands in saga.instance. */
  watch(kind: Kind, since: number, where: string, values?: unknown[]): Promise<number>
  took(kind: Kind, seconds: number): void
  /** The seconds it took each of those that went on. */
  seconds(kind?: Kind): readonly number[]
  stop(): Promise<void>
}

type Place = { id: string; place: string }
type Watched = Place & { kind: Kind; since: number }

const pollMs = 100
const place = `id, concat_ws(' ', state, direction, cursor) as place`

export function watchRecovery({ query }: Cluster): Recovery {
  const taken = new Map<Kind, number[]>()
  let watched: Watched[] = []
  let stopping = false

  const took: Recovery['took'] = (kind, seconds) => void taken.set(kind, [...(taken.get(kind) ?? []), seconds])

  async function look(): Promise<void> {
    if (watched.length === 0) return
    const ids = [...new Set(watched.map(({ id }) => id))]
    const rows = await query<Place>('processes', `select ${place} from saga.instance where id = any($1)`, [ids])
    const now = new Map(rows.map((row) => [row.id, row.place]))
    const at = performance.now()
    watched = watched.filter((one) => {
      if (now.get(one.id) === one.place) return true
      took(one.kind, (at - one.since) / 1_000)
      return false
    })
  }

  async function run(): Promise<void> {
    while (!stopping) {
      await look()
      await pass(pollMs)
    }
  }

  const running = run()
  return {
    async watch(kind, since, where, values) {
      const met = await query<Place>(
        'processes',
        `select ${place} from saga.instance
         where finished_at is null and state in ('RUNNING', 'COMPENSATING') and (${where})`,
        values,
      )
      watched.push(...met.map((row) => ({ ...row, kind, since })))
      return met.length
    },
    took,
    seconds: (kind) => (kind ? (taken.get(kind) ?? []) : [...taken.values()].flat()),
    async stop() {
      stopping = true
      await running
    },
  }
}

/** The value below which a share of all lies; undefined where there is none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}
