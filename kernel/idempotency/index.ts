import { createHash } from 'node:crypto'
import type pg from 'pg'
import { inOneWrite, sqlState } from '../database/index.ts'
import { conflict, type Facts, fault } from '../errors/index.ts'

/** What makes a request the same request: who sends which operation under which key. */
export type Claim = {
  readonly tenantId: string
  readonly actor: string
  readonly operation: string
  readonly key: string
  readonly requestHash: Buffer
}

/** An answer as it is stored under its key: what the first caller and every replay are told alike. */
export type StoredAnswer =
  | { readonly payload: Readonly<Record<string, unknown>> }
  | { readonly refusal: { readonly code: string; readonly message: string; readonly facts: Facts } }

/** Fingerprint of a request's input. Keys may come in any order; undefined is as absent. */
export function requestHash(input: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(ordered(input)))
    .digest()
}

/**
 * Opens the transaction and claims the key. Gives null to the one who may execute, otherwise the answer
 * that is stored. A twin that is executing is waited for; if it takes longer than the lock timeout, this
 * is the Fault IN_PROGRESS. The same key with another input is the Conflict KEY_REUSED.
 */
export async function claim(connection: pg.PoolClient, request: Claim): Promise<StoredAnswer | null> {
  const { tenantId, actor, operation, key } = request
  const [, claimed] = await inOneWrite(connection, () => [
    connection.query('BEGIN'),
    connection.query({
      name: 'kernel.claim',
      text: 'select kernel.claim($1, $2, $3, $4, $5) as stored',
      values: [tenantId, actor, operation, key, request.requestHash],
    }),
  ]).catch((error: unknown) => {
    if (sqlState(error) !== '55P03') throw error
    throw fault('IN_PROGRESS', 'the same request is still being worked on: send it again', { cause: error })
  })
  const stored: { same: boolean; answer: StoredAnswer } | null = claimed?.rows[0].stored
  if (!stored) return null
  await connection.query('COMMIT')
  if (!stored.same)
    throw conflict('KEY_REUSED', 'this idempotency key was used for another input: take a new key', { operation })
  return stored.answer
}

/**
 * For a compensation, inside its own claim: whether the forward command was done. If it never arrived its
 * key becomes a tombstone, and the command is refused with COMPENSATED should it still arrive.
 */
export async function entomb(
  connection: pg.PoolClient,
  actor: string,
  operation: string,
  key: string,
): Promise<boolean> {
  const refusal: StoredAnswer = {
    refusal: { code: 'COMPENSATED', message: `${operation} was compensated before it arrived`, facts: {} },
  }
  const { rows } = await connection.query<{ done: boolean }>({
    name: 'kernel.entomb',
    text: 'select kernel.entomb($1, $2, $3, $4) as done',
    values: [actor, operation, key, JSON.stringify(refusal)],
  })
  return rows[0]?.done === true
}

function ordered(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, ordered(part)]))
}
