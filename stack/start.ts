import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Platform, startPlatform } from './platform.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const usage = `npm start -- [--reset [--yes]]

  --reset   empties the data first, after asking; with --yes without asking

  The environment may set DATA_DIR (default .data), PORTS=free, LOG_LEVEL (default warn) and the ports
  GATEWAY_PORT, ISSUER_PORT, POSTGRES_PORT, HR_PORT, HR_RELAY_PORT and so on.
`
/** One Ctrl-C comes twice, from the terminal and by way of npm: only a later one is a second Ctrl-C. */
const sameSignalMs = 1_000

const say = (line: string) => void process.stdout.write(`· ${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { reset: { type: 'boolean' }, yes: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) return void process.stdout.write(usage)
  const dataDir = process.env.DATA_DIR ?? join(root, '.data')
  if (values.reset && !values.yes) await confirmReset(dataDir)

  const stopped = new AbortController()
  let platform: Platform | undefined
  onStopSignal(() => {
    say('stopping; what is under way is finished first (Ctrl-C again ends at once)')
    stopped.abort(new Error('stopped before it was ready'))
    void platform?.stop().then(() => {
      say('stopped')
      process.exit(0)
    })
  })
  platform = await startPlatform({
    dataDir,
    ports: process.env.PORTS === 'free' ? 'free' : 'default',
    log: say,
    reset: values.reset ?? false,
    env: process.env,
    signal: stopped.signal,
    onFailure: (error) => fail(error, platform),
  })
  process.stdout.write(welcome(platform))
}

async function confirmReset(dataDir: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Error('--reset asks before it empties the data; nobody can answer here: add --yes')
  const line = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await line.question(`Empty all data in ${relative(process.cwd(), dataDir) || dataDir}? Type yes: `)
  line.close()
  if (answer.trim() !== 'yes') throw new Error('nothing was emptied')
}

function onStopSignal(stop: () => void): void {
  let firstAt: number | undefined
  const hear = (signal: 'SIGINT' | 'SIGTERM') => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt > sameSignalMs) process.exit(signal === 'SIGINT' ? 130 : 143)
    if (firstAt !== undefined) return
    firstAt = now
    stop()
  }
  process.on('SIGINT', hear)
  process.on('SIGTERM', hear)
}

function fail(error: Error, platform?: Platform): void {
  process.stderr.write(`\n${error.message}\n`)
  void (platform?.stop() ?? Promise.resolve()).then(() => process.exit(1))
}

function welcome({ endpoint, wsEndpoint, gatewayUrl, tokens, readySeconds }: Platform): string {
  const printed = Object.entries(tokens).map(([role, token]) => `\n  ${role}\n  ${token}\n`)
  return `
Ready after ${readySeconds.toFixed(1)} s.

  GraphQL        ${endpoint}
  subscriptions  ${wsEndpoint}
  GraphiQL       ${gatewayUrl}/
  health         ${gatewayUrl}/health

Tokens for trying it out, valid for twelve hours; send one as "authorization: Bearer …":
${printed.join('')}
Ctrl-C stops everything.
`
}

try {
  await main()
} catch (error) {
  fail(error instanceof Error ? error : new Error(String(error)))
}
