import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'

const entry = new URL('./index.ts', import.meta.url).href

/** Runs a process whose start function has this body, and sends it the signals when it says `ready`. */
async function runs(body: string, signals: readonly NodeJS.Signals[] = []) {
  const source = `
    import { runProcess, readConfig } from '${entry}'
    import { z } from '${import.meta.resolve('zod')}'
    const say = (word) => process.stdout.write(word + '\\n')
    await runProcess(async (env) => { ${body} })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { env: { COLOUR: 'blue' } })
  const output = { stdout: '', stderr: '' }
  const left = [...signals]
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
    const signal = left.shift()
    if (signal) child.kill(signal)
  })
  const [code] = await once(child, 'close')
  return { code, ...output }
}

const listening = `const timer = setInterval(() => {}, 1000); say('ready')`

describe('a process', () => {
  it('starts with the environment, and on SIGTERM stops and exits 0', async () => {
    const body = `say(env.COLOUR); return { url: '', stop: async () => say('stopped') }`
    const ended = await runs(`setInterval(() => {}, 1000); ${body}`, ['SIGTERM'])
    expect(ended).toMatchObject({ code: 0, stdout: 'blue\nstopped\n', stderr: '' })
  })

  it('stops after its start when the signal comes before', async () => {
    const ended = await runs(
      `setInterval(() => {}, 1000); say('starting')
       await new Promise((resolve) => process.once('SIGINT', () => setImmediate(resolve)))
       return { url: '', stop: async () => say('stopped') }`,
      ['SIGINT'],
    )
    expect(ended).toMatchObject({ code: 0, stdout: 'starting\nstopped\n' })
  })

  it('exits at once on a second signal', async () => {
    const body = `return { url: '', stop: () => { say('stopping'); return new Promise(() => {}) } }`
    expect(await runs(`${listening}; ${body}`, ['SIGTERM', 'SIGTERM'])).toMatchObject({ code: 143 })
    expect(await runs(`${listening}; ${body}`, ['SIGTERM', 'SIGINT'])).toMatchObject({ code: 130 })
  })

  it('tells mistakes in its configuration in plain words and exits 1', async () => {
    const ended = await runs(`readConfig(z.object({ PORT: z.string() }), env)`)
    expect(ended).toMatchObject({ code: 1, stderr: 'The configuration has one mistake:\n  - PORT is not set.\n' })
  })

  it.each([
    ['cannot start', `throw new Error('Erika')`],
    ['unhandled rejection', `void Promise.reject(new Error('Erika')); ${listening}; return { url: '' }`],
    ['uncaught exception', `setImmediate(() => { throw new Error('Erika') }); return { url: '' }`],
  ])('logs what it died of without personal data: %s', async (msg, body) => {
    const ended = await runs(body)
    expect(ended.code).toBe(1)
    expect(JSON.parse(ended.stderr)).toMatchObject({ level: 'fatal', msg, err: { name: 'Error' } })
    expect(ended.stderr).not.toContain('Erika')
  })

  it('exits 1 when stopping fails', async () => {
    const ended = await runs(`${listening}; return { url: '', stop: async () => { throw new Error() } }`, ['SIGTERM'])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('cannot stop')
  })
})
