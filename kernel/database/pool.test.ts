import { startWay, type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { createPool, withConnection } from './pool.ts'

let test: TestDatabase
let pool: pg.Pool
beforeAll(async () => {
  test = await testDatabase('kernel')
  pool = createPool({ connectionString: test.serviceUrl, max: 1 })
})
afterAll(async () => {
  await pool.end()
  await test.drop()
})

/** Ends a session as a crashing server does. */
async function end(connection: pg.PoolClient): Promise<void> {
  const { rows } = await connection.query<{ pid: number }>('select pg_backend_pid() as pid')
  const superuser = new pg.Client({ connectionString: test.superuserUrl })
  await superuser.connect()
  await superuser.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await superuser.end()
}

it('outlives a connection that breaks in the middle of a transaction, and lends another', async () => {
  const broken = withConnection(pool, async (connection) => {
    await connection.query('begin')
    const unheard = new Promise((resolve) => connection.once('end', resolve))
    await end(connection)
    await unheard
    await connection.query('select 1')
  })
  await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  const { rows } = await withConnection(pool, (connection) => connection.query('select 1 as one'))
  expect(rows).toEqual([{ one: 1 }])
})

it('gives up a connection that falls silent, and lends another', async () => {
  const way = await startWay(test.serviceUrl)
  const through = createPool({ connectionString: way.url, max: 1, transactionMs: 400 })
  onTestFinished(() => through.end().then(way.stop))
  const silenced = withConnection(through, async (connection) => {
    await connection.query('begin')
    way.silence()
    await connection.query('select 1')
  })
  await expect(silenced).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  const { rows } = await withConnection(through, (connection) => connection.query('select 1 as one'))
  expect(rows).toEqual([{ one: 1 }])
})
