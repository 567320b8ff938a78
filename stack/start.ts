import { once } from 'node:events'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Platform, startPlatform } from './platform.ts'
import { onStopSignal } from './stopSignal.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const usage = `npm start -- [--separate] [--reset [--yes]]

  --separate  gives every service a process of its own; one that crashes is started again
  --reset     empties the data first, after asking; with --yes without asking

  The environment may set DATA_DIR (default .data), PORTS=free, LOG_LEVEL (default warn), REDIS_URL and the ports
  GATEWAY_PORT, ISSUER_PORT, POSTGRES_PORT, HR_PORT, HR_RELAY_PORT and so on.
`

const say = (line: string) => void process.stdout.write(`· ${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      separate: { type: 'boolean' },
      reset: { type: 'boolean' },
      yes: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(usage)
  const dataDir = process.env.DATA_DIR || join(root, '.data')
  if (values.reset && !values.yes) await confirmReset(dataDir)

  const stopping = new AbortController()
  onStopSignal(() => {
    say('stopping; what is under way is finished first (Ctrl-C again ends at once)')
    stopping.abort(new Error('stopped before it was ready'))
  })
  const failing = Promise.withResolvers<never>()
  failing.promise.catch(() => undefined)
  const platform = await startPlatform({
    dataDir,
    ports: process.env.PORTS === 'free' ? 'free' : 'default',
    log: say,
    reset: values.reset ?? false,
    env: process.env,
    signal: stopping.signal,
    onFailure: failing.reject,
  })
  try {
    if (!stopping.signal.aborted) {
      process.stdout.write(welcome(platform))
      await Promise.race([once(stopping.signal, 'abort'), failing.promise])
    }
  } finally {
    await platform.stop()
  }
  say('stopped')
}

async function confirmReset(dataDir: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Error('--reset asks before it empties the data; nobody can answer here: add --yes')
  const line = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await line.question(`Empty all data in ${relative(process.cwd(), dataDir) || dataDir}? Type yes: `)
  line.close()
  if (answer.trim() !== 'yes') throw new Error('nothing was emptied')
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
  process.exit(0)
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
