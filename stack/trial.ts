/**
 * `node stack/trial.ts`: what production needs from outside, on this machine, to try it out: PostgreSQL, a Redis where
 * there is a program for it, and our issuer behind https with a certificate made for it. Writes the environment file
 * for `npm run start:production` with random secrets, and runs until it is stopped. For trials alone: the issuer gives
 * a token to whoever can reach loopback.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAll } from './databases.ts'
import { claimFolder } from './folder.ts'
import { startIssuer } from './issuer.ts'
import { openKeys } from './keys.ts'
import { freePort } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { connectionsWanted, urlVariable } from './productionSettings.ts'
import { provideRedis } from './redis.ts'
import { services, tokensOfRoles } from './services.ts'
import { portVariable, type Stoppable, stopAll } from './startServices.ts'
import { onStopSignal } from './stopSignal.ts'

const certificateDays = 365
const adminPort = 4002

const say = (line: string) => void process.stdout.write(`· ${line}\n`)

async function main(): Promise<void> {
  const dataDir = process.env.DATA_DIR || join(import.meta.dirname, '..', '.data', 'trial')
  const stopping = new AbortController()
  onStopSignal(() => stopping.abort())
  const started: Stoppable[] = []
  try {
    await start(dataDir, started)
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  } finally {
    await stopAll(started, say)
  }
  say('stopped')
}

async function start(dataDir: string, started: Stoppable[]): Promise<void> {
  const folder = await claimFolder(dataDir, `a trial of production on ${dataDir}`, say)
  started.push({ name: 'data folder', stop: folder.release })
  const certificate = certificateIn(dataDir)
  const postgres = await startPostgres({ folder, port: 0, durable: true, log: say })
  started.push({ name: 'PostgreSQL', stop: postgres.stop })
  const redis = await provideRedis({ folder, env: process.env, log: say })
  started.push({ name: 'Redis', stop: redis.stop })
  const { url } = await createAll(postgres, folder.secrets)
  const tls = { key: readFileSync(certificate.key, 'utf8'), cert: readFileSync(certificate.cert, 'utf8') }
  const issuer = await startIssuer({ port: 0, secrets: folder.secrets, env: process.env, tls })
  started.push({ name: 'issuer', stop: issuer.stop })

  const keys = await openKeys(folder.secrets, '-trial')
  const connections = (await connectionsWanted()).map(({ database, role }) => [
    urlVariable(database, role),
    url(database, role),
  ])
  const settings: [string, string | undefined][] = [
    ['ISSUER_URL', issuer.url],
    ['NODE_EXTRA_CA_CERTS', certificate.cert],
    ['REDIS_URL', redis.url],
    ['GATEWAY_SIGNING_KEY', keys.gateway],
    ['SAGA_WORKER_SIGNING_KEY', keys.worker],
    ['APPROVALS_SIGNING_KEY', keys.approvals],
    ['PERSONAL_DATA_KEY', keys.personalData],
    ['LOG_LEVEL', process.env.LOG_LEVEL ?? 'warn'],
    ['ADMIN_PORT', String(process.env.PORTS === 'free' ? await freePort() : adminPort)],
    ...(connections as [string, string][]),
    ...(process.env.PORTS === 'free' ? services.flat().map((one): [string, string] => [portVariable(one), '0']) : []),
  ]
  const file = join(dataDir, 'production.env')
  const lines = settings.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}='${value}'\n`)
  writeFileSync(file, lines.join(''), { mode: 0o600 })
  const printed = Object.entries(await tokensOfRoles(issuer)).map(([role, token]) => `\n  ${role}\n  ${token}\n`)
  process.stdout.write(`
What production needs from outside is here. In another terminal:

  npm run start:production -- --env ${file}

Tokens, valid for twelve hours:
${printed.join('')}
Ctrl-C stops it.
`)
}

/** A certificate for 127.0.0.1, made once; whoever trusts it needs NODE_EXTRA_CA_CERTS. */
function certificateIn(folder: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'issuer-key.pem'), join(folder, 'issuer-certificate.pem')]
  if (existsSync(key) && existsSync(cert)) return { key, cert }
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const named = ['-subj', '/CN=ERP SteinmetZ trial issuer', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const into = ['-days', String(certificateDays), '-keyout', key, '-out', cert]
  try {
    execFileSync('openssl', ['req', ...made, ...named, ...into], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    throw new Error('the certificate of the issuer could not be made: is openssl on PATH?', { cause })
  }
  return { key, cert }
}

try {
  await main()
  process.exit(0)
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
