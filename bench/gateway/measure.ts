import { readdirSync, readFileSync } from 'node:fs'
import { Pool } from 'undici'

/** What a stretch of load cost. CPU is of the gateway's process alone; latencies are the client's. */
export type Sample = { requests: number; cpuMs: number; wallMs: number; latencies: number[] }

export type Load = {
  query: string
  headers?: Record<string, string>
  variables?: Record<string, unknown>
  /** How long requests are begun. */
  ms: number
  concurrency: number
}

/** Sends a query over kept-alive connections and reads the CPU time the gateway's process spent on it. */
export async function measure(url: string, pid: number, load: Load): Promise<Sample> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: load.concurrency })
  const body = JSON.stringify({ query: load.query, variables: load.variables })
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...load.headers }
  const latencies: number[] = []
  const end = performance.now() + load.ms
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const began = performance.now()
      const answer = await pool.request({ path: pathname, method: 'POST', headers, body })
      const text = await answer.body.text()
      if (answer.statusCode !== 200 || text.startsWith('{"errors"')) throw new Error(text.slice(0, 300))
      latencies.push(performance.now() - began)
    }
  }
  const cpuBefore = cpuMsOf(pid)
  const began = performance.now()
  await Promise.all(Array.from({ length: load.concurrency }, client))
  const wallMs = performance.now() - began
  const cpuMs = cpuMsOf(pid) - cpuBefore
  await pool.close()
  return { requests: latencies.length, cpuMs, wallMs, latencies }
}

/** CPU milliseconds a process and all its threads have used, and its children's. */
export function cpuMsOf(pid: number): number {
  return tree(pid).reduce((sum, id) => sum + ownCpuMs(id), 0)
}

/** Linux counts in hundredths of a second in `stat`, and in nanoseconds in each thread's `schedstat`. */
function ownCpuMs(pid: number): number {
  return ofThreads(pid, 'schedstat').reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0)
}

function tree(pid: number): number[] {
  const children = ofThreads(pid, 'children').flatMap((text) => text.split(' ').filter(Boolean).map(Number))
  return [pid, ...children.flatMap(tree)]
}

/** What Linux tells of each thread of a process: nothing when it has just ended. */
function ofThreads(pid: number, file: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8'))
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

/** The most memory a process has had resident, in MiB. */
export function peakMemoryMiB(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith('VmHWM'))
  return Number(line?.replace(/\D/g, '')) / 1_024
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
