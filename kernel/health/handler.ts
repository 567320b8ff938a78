import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from '../telemetry/index.ts'
import { type Check, checker, type Finding } from './checks.ts'

export type { Check } from './checks.ts'

export type HealthOptions = Readonly<{
  /** What the process is called. */
  service: string
  /** A function where they change while the process runs. */
  checks: readonly Check[] | (() => readonly Check[])
  /** False while the process starts and once it stops. Default: always true. */
  ready?: () => boolean
  /** What is told on `/metrics`, if anything. */
  metrics?: Metrics
  /** How long a check may take. Default 1,000. */
  timeoutMs?: number
  /** How long what was found is answered again. Default 1,000. */
  keepMs?: number
  /** Milliseconds of a clock that never goes back. Default: the process's own. */
  clock?: () => number
}>

/**
 * Answers the probes of a process; returns false for any other path, which is then the caller's to answer.
 *
 * - `/livez`: 200 while the process runs, whatever it depends on.
 * - `/readyz`: 200 when it may be sent requests, else 503 with the reasons.
 * - `/health`: each dependency with its state and milliseconds, as application/health+json
 *   (draft-inadarei-api-health-check). A dead optional dependency makes it `warn` (200), a dead required
 *   one `fail` (503).
 * - `/metrics`: what the process counts and measures, for Prometheus.
 */
export function healthHandler(options: HealthOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  const {
    service,
    checks,
    ready = () => true,
    timeoutMs = 1_000,
    keepMs = 1_000,
    clock = () => performance.now(),
  } = options
  const find = checker(typeof checks === 'function' ? checks : () => checks, { timeoutMs, keepMs, clock })

  const pages: Record<string, () => Promise<Page>> = {
    '/livez': async () => ({ status: 200, type: 'application/json', body: { alive: true } }),
    '/readyz': async () => {
      const failed = (await find()).filter(({ status }) => status === 'fail').map(({ name, why }) => `${name} ${why}`)
      const reasons = ready() ? failed : [`${service} is starting or stopping`, ...failed]
      const body = reasons.length === 0 ? { ready: true } : { ready: false, reasons }
      return { status: body.ready ? 200 : 503, type: 'application/json', body }
    },
    '/health': async () => {
      const findings = await find()
      const status = worst(findings)
      const checks = Object.fromEntries(findings.map((finding) => [`${finding.name}:responseTime`, [entry(finding)]]))
      const body = { status, serviceId: service, checks }
      return { status: status === 'fail' ? 503 : 200, type: 'application/health+json', body }
    },
  }

  return (request, response) => {
    if (options.metrics?.handle(request, response)) return true
    const page = pages[(request.url ?? '').split('?', 1)[0] ?? '']
    if (!page) return false
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return true
    }
    void page().then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`)
    })
    return true
  }
}

type Page = { status: number; type: string; body: object }

function worst(findings: readonly Finding[]): Finding['status'] {
  const states = new Set(findings.map(({ status }) => status))
  if (states.has('fail')) return 'fail'
  return states.has('warn') ? 'warn' : 'pass'
}

function entry({ required, status, ms, why }: Finding) {
  return { status, required, observedValue: ms, observedUnit: 'ms', ...(why !== undefined && { output: why }) }
}
