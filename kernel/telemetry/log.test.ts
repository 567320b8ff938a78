import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { refuse } from '../errors/index.ts'
import { createLog, type Log, type LogLevel, withContext } from './index.ts'

function recording(level: LogLevel = 'debug') {
  const lines: string[] = []
  const log: Log = createLog({ service: 'hr', level, to: { write: (line) => lines.push(line) } })
  return { log, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? 'null') }
}

const request = { requestId: 'request-1', traceId: 'a'.repeat(32), tenantId: 't1', actor: 'p1' }

describe('the log', () => {
  it('writes one line of JSON with level, time, service and message', () => {
    const { log, lines, last } = recording()
    log.info({ url: 'http://127.0.0.1:1', ms: 12, ids: ['a', 'b'], cents: 5n, ok: true, none: null }, 'ready')
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    const { time, ...line } = last()
    expect(line).toEqual({
      level: 'info',
      service: 'hr',
      msg: 'ready',
      url: 'http://127.0.0.1:1',
      ms: 12,
      ids: ['a', 'b'],
      cents: '5',
      ok: true,
      none: null,
    })
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  })

  it('carries request, trace, tenant and actor into every line of the work, however late', async () => {
    const { log, last } = recording()
    await withContext(request, async () => {
      await Promise.resolve()
      withContext({ actor: 'p2' }, () => log.warn('inside'))
    })
    expect(last()).toMatchObject({ ...request, actor: 'p2', level: 'warn' })
    log.info('outside')
    expect(last()).not.toHaveProperty('requestId')
  })

  it('keeps the contexts of concurrent requests apart', async () => {
    const { log, lines } = recording()
    const work = (requestId: string) => withContext({ requestId }, () => Promise.resolve().then(() => log.info('done')))
    await Promise.all([work('one'), work('two')])
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual(['one', 'two'])
  })

  it('writes no personal data: neither rows nor drivers’ messages nor fields named like a secret', () => {
    const { log, lines } = recording()
    const row = { name: 'Erika Müller' }
    const thrown = Object.assign(new Error('Key (name)=(Erika Müller)'), { detail: 'Erika Müller', parameters: [row] })
    log.error(
      { err: thrown, row, rows: [row], lastName: 'Müller', email: 'erika@example.org', token: 'Erika' },
      'failed',
    )
    expect(lines[0]).not.toMatch(/erika|müller/i)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ row: '[not logged]', err: { name: 'Error' } })
  })

  it('tells code and message of our own errors', () => {
    const { log, last } = recording()
    log.error({ err: refuse('NOT_DRAFT', 'it is ACTIVE') }, 'refused')
    expect(last()).toMatchObject({ err: { kind: 'refusal', code: 'NOT_DRAFT', message: 'it is ACTIVE' } })
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = recording('warn')
    log.info('quiet')
    log.warn('loud')
    expect(lines).toHaveLength(1)
  })

  it.each([
    ['ends', '', 0],
    ['exits', 'process.exit(3)', 3],
    ['breaks', 'throw new Error("unforeseen")', 1],
  ])('loses no line that was held back when its process %s', (_how, ending, code) => {
    const module = JSON.stringify(import.meta.resolve('./index.ts'))
    const script = `import { createLog } from ${module}; createLog({ service: 'hr' }).info('last words'); ${ending}`
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    })
    expect([status, JSON.parse(stdout).msg]).toEqual([code, 'last words'])
  })
})
