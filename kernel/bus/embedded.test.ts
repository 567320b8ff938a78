import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { startWay, type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Message } from '../outbox/index.ts'
import { type Bus, embeddedBus } from './index.ts'

let database: TestDatabase
let bus: Bus
beforeEach(async () => {
  database = await testDatabase('bus')
  bus = embeddedBus(database.serviceUrl)
})
afterEach(async () => {
  await bus.close()
  await database.drop()
})

const message = (text: string, type = 'test.Written'): Message => ({
  id: randomUUID(),
  type,
  tenantId: '11111111-1111-4111-8111-111111111111',
  aggregateId: 'a',
  payload: { text },
  occurredAt: '2026-11-23T08:00:00.000Z',
  causedBy: { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'r' },
  traceparent: null,
})

/** Consumes until as many messages have come as are wanted. */
function consumer(name: string, on: Bus = bus, fails: (text: string) => boolean = () => false) {
  const texts: string[] = []
  let check = () => {}
  const subscription = on.consume({
    consumer: name,
    types: ['test.Written'],
    pollMs: 50,
    onError: () => {},
    handle: async ({ payload }) => {
      const { text } = payload as { text: string }
      if (fails(text)) throw new Error('not yet')
      texts.push(text)
      check()
    },
  })
  const until = (count: number) =>
    new Promise<string[]>((resolve) => {
      check = () => texts.length >= count && resolve(texts)
      check()
    })
  return { texts, until, stop: () => subscription.stop() }
}

test('brings every consumer what was published, in order, and only the types it wants', async () => {
  const [one, two] = [consumer('one'), consumer('two')]
  await bus.publish([message('a'), message('x', 'test.Other'), message('b')])
  await bus.publish([message('c')])
  expect(await one.until(3)).toEqual(['a', 'b', 'c'])
  expect(await two.until(3)).toEqual(['a', 'b', 'c'])
})

test('keeps what is published twice once', async () => {
  const twice = message('twice')
  await bus.publish([twice])
  await bus.publish([twice, message('end')])
  expect(await consumer('one').until(2)).toEqual(['twice', 'end'])
})

test('lets a consumer go on where it stopped', async () => {
  const first = consumer('one')
  await bus.publish([message('a')])
  await first.until(1)
  await first.stop()
  await bus.publish([message('b')])
  expect(await consumer('one').until(1)).toEqual(['b'])
})

test('keeps how far it has come before a long batch is over', async () => {
  await bus.publish([message('a'), message('b')])
  const superuser = new pg.Client({ connectionString: database.superuserUrl })
  await superuser.connect()
  const positions: string[] = []
  await new Promise<void>((resolve) => {
    bus.consume({
      ...{ consumer: 'slow', types: ['test.Written'], onError: () => {}, keepMs: 0 },
      handle: async () => {
        const { rows } = await superuser.query("select position::text from bus.consumer where name = 'slow'")
        if (positions.push(rows[0].position) === 2) resolve()
      },
    })
  })
  await superuser.end()
  expect(positions).toEqual(['0', '1'])
})

test('has one of two processes of a name read, and the other take over', async () => {
  const other = embeddedBus(database.serviceUrl)
  const first = consumer('one')
  await bus.publish([message('a')])
  await first.until(1)
  const second = consumer('one', other)
  await bus.publish([message('b')])
  expect(await first.until(2)).toEqual(['a', 'b'])
  await first.stop()
  await bus.publish([message('c')])
  expect(await second.until(1)).toEqual(['c'])
  await other.close()
})

test('has another process take over from one that is stopped and keeps its connection', async () => {
  const stopped = stoppableConsumer()
  await bus.publish([message('a')])
  await stopped.until('a')
  stopped.process.kill('SIGSTOP')
  await bus.publish([message('b')])
  const second = consumer('one')
  // Whether the stopped one has told how far it came, nobody knows: 'a' may come once more.
  await expect.poll(() => second.texts, { timeout: 20_000 }).toContain('b')
  stopped.process.kill('SIGCONT')
  await bus.publish([message('c')])
  await expect.poll(() => second.texts).toContain('c')
})

test('brings a message again until it is digested', async () => {
  let failures = 2
  const reader = consumer('one', bus, (text) => text === 'hard' && failures-- > 0)
  await bus.publish([message('easy'), message('hard'), message('end')])
  expect(await reader.until(3)).toEqual(['easy', 'hard', 'end'])
})

test('puts aside what can never be digested, and tries it again when its process begins anew', async () => {
  let digestible = false
  const begin = () =>
    bus.consume({
      ...{ consumer: 'one', types: ['test.Written'], pollMs: 50, onError: () => {}, setAside: () => 'UNREADABLE' },
      handle: async ({ payload }) => {
        const { text } = payload as { text: string }
        if (text === 'poison' && !digestible) throw new Error('unreadable')
        texts.push(text)
      },
    })
  const texts: string[] = []
  const first = begin()
  await bus.publish([message('poison'), message('end')])
  await expect.poll(() => texts).toEqual(['end'])
  await first.stop()
  digestible = true
  begin()
  await expect.poll(() => texts).toEqual(['end', 'poison'])
})

test('tries what was put aside in between, however much it is, and is held up by none that fails otherwise', async () => {
  const end = (at: number) => message(`end ${at}`)
  const texts: string[] = []
  let tried = 0
  let mood: 'undigestible' | 'away' = 'undigestible'
  const begin = () =>
    bus.consume({
      ...{ consumer: 'one', types: ['test.Written'], pollMs: 50, onError: () => {} },
      setAside: () => (mood === 'undigestible' ? 'UNREADABLE' : undefined),
      handle: async ({ payload }) => {
        const { text } = payload as { text: string }
        if (!text.startsWith('poison')) return void texts.push(text)
        if (mood === 'away') tried += 1
        throw new Error('unreadable')
      },
    })
  const first = begin()
  await bus.publish([...Array.from({ length: 150 }, (_, at) => message(`poison ${at}`)), end(0)])
  await expect.poll(() => texts, { timeout: 10_000 }).toEqual(['end 0'])
  await first.stop()
  mood = 'away'
  begin()
  for (const at of [1, 2, 3]) {
    await bus.publish([end(at)])
    await expect.poll(() => texts, { timeout: 10_000 }).toHaveLength(at + 1)
  }
  expect(tried).toBe(1)
})

test('comes back after its database connections were cut', async () => {
  const reader = consumer('one')
  await bus.publish([message('a')])
  await reader.until(1)
  await cutConnections()
  await bus.publish([message('b')]).catch(() => bus.publish([message('b')]))
  expect(await reader.until(2)).toEqual(['a', 'b'])
})

test('comes back from a connection that is silent, as through a firewall that has forgotten it', async () => {
  const way = await startWay(database.serviceUrl)
  const through = embeddedBus(way.url)
  onTestFinished(() => through.close().then(way.stop))
  const texts: string[] = []
  through.consume({
    ...{ consumer: 'one', types: ['test.Written'], pollMs: 50, leaseMs: 2_000, onError: () => {} },
    handle: async ({ payload }) => void texts.push((payload as { text: string }).text),
  })
  await bus.publish([message('a')])
  await expect.poll(() => texts, { timeout: 10_000 }).toContain('a')
  way.silence()
  await bus.publish([message('b')])
  await expect.poll(() => texts, { timeout: 10_000 }).toContain('b')
})

/** A consumer of the name `one` in a process of its own, with a lease of a second; it prints what it is handed. */
function stoppableConsumer() {
  const script = `
    import { embeddedBus } from ${JSON.stringify(import.meta.resolve('./index.ts'))}
    embeddedBus(${JSON.stringify(database.serviceUrl)}).consume({
      consumer: 'one', types: ['test.Written'], pollMs: 50, leaseMs: 1_000, onError: () => {},
      handle: async ({ payload }) => void process.stdout.write(payload.text),
    })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  let check = () => {}
  child.stdout.on('data', (chunk) => {
    printed += chunk
    check()
  })
  const until = (text: string) =>
    new Promise<void>((resolve) => {
      check = () => printed.includes(text) && resolve()
      check()
    })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { process: child, until }
}

async function cutConnections() {
  const superuser = new pg.Client({ connectionString: database.superuserUrl })
  await superuser.connect()
  await superuser.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await superuser.end()
}
