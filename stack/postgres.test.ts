import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeElsewhere } from './binaries.ts'
import { claimFolder, type DataFolder } from './folder.ts'
import { processBirth } from './lock.mjs'
import { type Postgres, startPostgres } from './postgres.ts'

let path: string
const cleanups: (() => Promise<void> | void)[] = []

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'postgres-test-'))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  removeElsewhere(path)
  await rm(path, { recursive: true, force: true })
})

async function claim(): Promise<DataFolder> {
  const folder = await claimFolder(path, 'testing', () => {}, { graceMs: 500 })
  cleanups.push(folder.release)
  return folder
}

async function start(options: { port?: number; log?: (line: string) => void } = {}): Promise<Postgres> {
  const { port = 0, log = () => {} } = options
  const postgres = await startPostgres({ folder: await claim(), port, durable: true, log })
  cleanups.push(postgres.stop)
  return postgres
}

async function stop(postgres: Postgres): Promise<void> {
  await postgres.stop()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** A process of its own that starts the server on our folder, says its process id and URL, and then waits. */
async function startElsewhere(): Promise<{ child: ChildProcess; pid: number; url: string }> {
  const script = `
    import { claimFolder } from ${JSON.stringify(fileURLToPath(new URL('folder.ts', import.meta.url)))}
    import { startPostgres } from ${JSON.stringify(fileURLToPath(new URL('postgres.ts', import.meta.url)))}
    const log = () => {}
    const folder = await claimFolder(process.argv[1], 'holding it in a test', log)
    const postgres = await startPostgres({ folder, port: 0, durable: true, log })
    process.stdout.write(postgres.url('postgres') + '\\n')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let pid = 0
  cleanups.push(() => {
    child.kill('SIGKILL')
    return until(() => processBirth(pid) === undefined)
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()))
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
  const [row] = await query(url, `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as pid`)
  pid = Number(row?.pid)
  return { child, pid, url }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('the embedded PostgreSQL', () => {
  it('sorts and lowers umlauts as a German expects', async () => {
    const { url } = await start()
    const rows = await query(
      url('postgres'),
      `select string_agg(name, ' ' order by name) as sorted, lower('ÄÖÜẞ') as lowered
         from unnest(array['Zeta', 'Ärger', 'Azur', 'abel', 'Öl', 'Oper', 'straße', 'strasse']) as name`,
    )
    expect(rows).toEqual([{ sorted: 'abel Ärger Azur Öl Oper strasse straße Zeta', lowered: 'äöüß' }])
  })

  it('keeps its data and its password through a restart, on another port', async () => {
    const first = await start()
    await query(first.url('postgres'), 'create table kept as select 42 as answer')
    await stop(first)
    await expect(query(first.url('postgres'), 'select 1')).rejects.toThrow()

    const second = await start()
    expect(await query(second.url('postgres'), 'select * from kept')).toEqual([{ answer: 42 }])
  })

  it('asks for the password, which only its owner can read, and listens on loopback alone', async () => {
    const { url } = await start()
    const wrong = url('postgres', { name: 'postgres', password: 'guess' })
    await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed')
    expect((await stat(join(path, 'secrets.json'))).mode & 0o777).toBe(0o600)
    expect(await query(url('postgres'), 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect(await query(url('postgres'), 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }])
  })

  it.runIf(process.platform === 'linux')('runs in a session of its own, so that Ctrl-C does not reach it', async () => {
    const { url } = await start()
    const [row] = await query(url('postgres'), `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid`)
    expect(sessionOf(await readFile(`/proc/${row?.pid}/stat`, 'utf8'))).toBe(row?.pid)
  })

  it('ends with the process that started it, even by kill -9', async () => {
    const { child, pid } = await startElsewhere()
    child.kill('SIGKILL')
    await until(() => processBirth(pid) === undefined)
  })

  it('takes over from a killed process whose server still runs, and recovers what was committed', async () => {
    const { child, pid, url } = await startElsewhere()
    await query(url, 'create table kept as select 42 as answer')
    // Stopped, the server cannot follow its watcher's signal: it is still there when we start.
    process.kill(pid, 'SIGSTOP')
    child.kill('SIGKILL')
    await until(() => processBirth(Number(child.pid)) === undefined)
    setTimeout(() => process.kill(pid, 'SIGCONT'), 200)

    const said: string[] = []
    const second = await start({ log: (line) => said.push(line) })
    expect(said.join()).toContain(`process ${pid}`)
    expect(await query(second.url('postgres'), 'select * from kept')).toEqual([{ answer: 42 }])
  })

  it('starts where a crash left a process number that now is somebody else’s', async () => {
    const first = await start()
    const [row] = await query(first.url('postgres'), `select current_setting('data_directory') as folder`)
    await stop(first)
    await writeFile(join(String(row?.folder), 'postmaster.pid'), `${process.pid}\n`)

    const second = await start()
    expect(await query(second.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('names the port that is taken and the variable that moves it', async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    cleanups.push(() => void other.close())
    await expect(start({ port })).rejects.toThrow(new RegExp(`port ${port}.*POSTGRES_PORT`))
  })

  it('tells what PostgreSQL said when it does not start', async () => {
    const first = await start()
    const [row] = await query(first.url('postgres'), `select current_setting('config_file') as file`)
    await stop(first)
    await writeFile(String(row?.file), 'nonsense = 1\n')
    await expect(start()).rejects.toThrow('nonsense')
  })

  it('begins anew when a first start was killed while the data were being made', async () => {
    await start().then(stop)
    const place = existsSync(join(path, 'location')) ? (await readFile(join(path, 'location'), 'utf8')).trim() : path
    await rm(join(place, 'postgres'), { recursive: true })
    await writeFile(join(place, 'postgres.new'), 'half')
    const { url } = await start()
    expect(await query(url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

describe('a data folder', () => {
  it('belongs to one process at a time; the second is told who has it', async () => {
    await startElsewhere()
    await expect(claim()).rejects.toThrow(/in use by process \d+, which is holding it in a test/)
  })

  it('is free again when its process was killed', async () => {
    const { child } = await startElsewhere()
    child.kill('SIGKILL')
    await claim()
  })
})

function sessionOf(procStat: string): string | undefined {
  return procStat.slice(procStat.lastIndexOf(')') + 2).split(' ')[3]
}
