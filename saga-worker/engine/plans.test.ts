import { createPool } from '@steinmetz/kernel/database'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statements } from './statements.ts'
import { byKeyAlone } from './store.ts'

let database: TestDatabase
let connections: pg.Pool
beforeAll(async () => {
  database = await testDatabase('processes')
  connections = createPool({ connectionString: database.engineUrl, max: 1, settings: byKeyAlone })
})
afterAll(async () => {
  await connections.end()
  await database.drop()
})

/** The plan that is made while the tables are empty, and kept for as long as the connection lives. */
async function planOf(name: keyof typeof statements): Promise<string> {
  const { rows } = await connections.query(`explain (generic_plan, costs off) ${statements[name]}`)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

const byIndex = [
  'claim',
  'move',
  'moveGivingBack',
  'lock',
  'wake',
  'begin',
  'renew',
  'signals',
  'due',
  'dueOf',
] as const

test.each([...byIndex, 'decide', 'carryOut'] as const)(
  '%s finds its rows by an index, even planned before there was a row',
  async (name) => expect(await planOf(name)).not.toContain('Seq Scan'),
)

test.each(['claim', 'move', 'moveGivingBack', 'lock', 'wake', 'renew'] as const)(
  '%s does not go through all that is due',
  async (name) => {
    expect(await planOf(name)).not.toContain('instance_due')
  },
)
