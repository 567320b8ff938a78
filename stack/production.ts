/**
 * `npm run start:production -- --env FILE`: the whole platform on one machine as it runs in production. Every service
 * has a process of its own and is started again when it crashes; databases, issuer and Redis are elsewhere, and the
 * file says where. docs/runbooks/production.md describes the file.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import type { Environment } from '@steinmetz/kernel/config'
import { databases, migrateDatabase, setPrivileges } from './databases.ts'
import { assertFree } from './ports.ts'
import { type Production, productionSettings } from './productionSettings.ts'
import { services } from './services.ts'
import { problemsOfServices } from './settingsOfServices.ts'
import { portVariable, type Stoppable, startRow, stopAll, untilReady } from './startServices.ts'
import { onStopSignal } from './stopSignal.ts'

const usage = `npm run start:production -- --env FILE

  FILE names the settings, one NAME=value a line; docs/runbooks/production.md has them all.
`

const say = (line: string) => void process.stdout.write(`· ${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { env: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help || values.env === undefined) {
    process.stdout.write(usage)
    if (!values.help) process.exitCode = 1
    return
  }
  // npm moves us to the root of the repository, and says where the command was typed.
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), values.env)
  const production = await productionSettings(parseEnv(readFileSync(file, 'utf8')) as Environment, problemsOfServices)
  const stopping = new AbortController()
  onStopSignal(() => {
    say('stopping; what is under way is finished first (Ctrl-C again ends at once)')
    stopping.abort(new Error('stopped before it was ready'))
  })
  const started: Stoppable[] = []
  try {
    const gatewayUrl = await start(production, started, stopping.signal)
    process.stdout.write(`\nReady.\n\n  GraphQL  ${gatewayUrl}/graphql\n  health   ${gatewayUrl}/health\n\n`)
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  } finally {
    await stopAll(started, say)
  }
  say('stopped')
}

/** Migrates, starts everything in order and waits until it is ready. Gives the gateway's address. */
async function start(production: Production, started: Stoppable[], signal: AbortSignal): Promise<string> {
  const { parts, common, gatewayHost, portOf } = production
  await assertFree(
    services.flat().map((service) => ({
      port: portOf(service),
      variable: portVariable(service),
      what: `the service ${service.name}`,
    })),
  )
  await Promise.all(
    databases.map(async (spec) => {
      const ownerUrl = parts.databases.url(spec.name, 'owner')
      await setPrivileges(ownerUrl, decodeURIComponent(new URL(ownerUrl).pathname.slice(1)), spec)
      await migrateDatabase(ownerUrl, spec, say)
    }),
  )
  say('the databases are up to date')
  const urls = new Map<string, string>()
  for (const row of services) {
    signal.throwIfAborted()
    // Only the door is open to other machines.
    const HOST = row.some(({ name }) => name === 'gateway') ? gatewayHost : '127.0.0.1'
    const starting = { common: { ...common, NODE_ENV: 'production', HOST }, separate: true, portOf, log: say }
    await startRow(row, { ...parts, urls }, { ...starting, urls, started })
    say(`${row.map(({ name }) => name).join(', ')} ${row.length > 1 ? 'run' : 'runs'}`)
  }
  const gatewayUrl = urls.get('gateway') ?? ''
  await untilReady(gatewayUrl, signal)
  return gatewayUrl
}

try {
  await main()
  process.exit()
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
