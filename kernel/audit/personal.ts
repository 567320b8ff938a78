import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { bug } from '../errors/index.ts'
import type { Change, Snapshot } from './change.ts'

/** Which fields of an entity are personal, and whose. An entity that is not named has none. */
export type PersonalFields = Readonly<
  Record<string, { readonly fields: readonly string[]; readonly person: (row: Snapshot) => string }>
>

/** A personal value as the audit trail holds it: whose it is, and AES-256-GCM under that person's key. */
type Sealed = { readonly person: string; readonly sealed: string }

/**
 * Seals personal fields before they are hashed into the audit trail. Every person has a data key of their
 * own, kept in the domain's database and wrapped by the configured key: destroying it erases the person
 * from the trail and leaves every hash as it was.
 */
export type PersonalData = {
  /** The changes as they are stored, personal fields sealed. Makes the keys of persons who have none yet. */
  seal(connection: pg.PoolClient, changes: readonly Change[]): Promise<readonly Change[]>
  /** Snapshots in plain text. What belongs to an erased person is given as null. */
  unseal(connection: pg.PoolClient, snapshots: readonly (Snapshot | null)[]): Promise<(Snapshot | null)[]>
}

export function personalData(wrappingKey: Uint8Array, personal: PersonalFields): PersonalData {
  const keys = { read: readKeys(wrappingKey), make: makeKeys(wrappingKey) }

  return {
    async seal(connection, changes) {
      const persons = new Set(changes.flatMap((one) => personOf(personal, one) ?? []))
      if (persons.size === 0) return changes
      const known = await keys.read(connection, [...persons])
      const missing = [...persons].filter((person) => !known.has(person))
      if (missing.length > 0) await keys.make(connection, missing)
      const all = missing.length > 0 ? await keys.read(connection, [...persons]) : known

      return changes.map((one) => {
        const person = personOf(personal, one)
        if (person === undefined) return one
        const key = all.get(person)
        if (!key) throw bug('PERSON_KEY_MISSING', 'a data key that was just made cannot be read')
        const fields = personal[one.entity]?.fields ?? []
        const sealIn = (snapshot: Snapshot | null) => snapshot && sealFields(snapshot, fields, person, key)
        return { ...one, before: sealIn(one.before), after: sealIn(one.after) }
      })
    },

    async unseal(connection, snapshots) {
      const sealed = snapshots.flatMap((snapshot) => Object.values(snapshot ?? {}).filter(isSealed))
      const known = await keys.read(connection, [...new Set(sealed.map(({ person }) => person))])
      return snapshots.map((snapshot) => snapshot && unsealFields(snapshot, known))
    },
  }
}

function personOf(personal: PersonalFields, { entity, before, after }: Change): string | undefined {
  const row = after ?? before
  return row ? personal[entity]?.person(row) : undefined
}

function sealFields(snapshot: Snapshot, fields: readonly string[], person: string, key: Buffer): Snapshot {
  const sealed = fields
    .filter((field) => snapshot[field] !== null && snapshot[field] !== undefined)
    .map((field) => [field, { person, sealed: encrypt(key, JSON.stringify(snapshot[field]), person) }])
  return { ...snapshot, ...Object.fromEntries(sealed) }
}

function unsealFields(snapshot: Snapshot, keys: ReadonlyMap<string, Buffer>): Snapshot {
  const plain = Object.entries(snapshot).map(([field, value]) => {
    if (!isSealed(value)) return [field, value]
    const key = keys.get(value.person)
    return [field, key ? JSON.parse(decrypt(key, value.sealed, value.person)) : null]
  })
  return Object.fromEntries(plain)
}

function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && 'sealed' in value && 'person' in value
}

const readKeys = (wrappingKey: Uint8Array) => async (connection: pg.PoolClient, persons: readonly string[]) => {
  if (persons.length === 0) return new Map<string, Buffer>()
  const { rows } = await connection.query<{ person_id: string; wrapped_key: Buffer }>({
    name: 'kernel.person_keys',
    text: `select person_id, wrapped_key from kernel.person_key
           where tenant_id = (select kernel.tenant()) and person_id = any($1)`,
    values: [persons],
  })
  return new Map(
    rows.map((row) => {
      const key = decrypt(wrappingKey, row.wrapped_key.toString('base64'), row.person_id)
      return [row.person_id, Buffer.from(key, 'base64')]
    }),
  )
}

// A twin that makes the same person's key is waited for, and its key is the one that counts.
const makeKeys = (wrappingKey: Uint8Array) => (connection: pg.PoolClient, persons: readonly string[]) =>
  connection.query(
    `insert into kernel.person_key (tenant_id, person_id, wrapped_key)
     select kernel.tenant(), person_id, wrapped_key from unnest($1::text[], $2::bytea[]) as made (person_id, wrapped_key)
     on conflict do nothing`,
    [
      persons,
      persons.map((person) => Buffer.from(encrypt(wrappingKey, randomBytes(32).toString('base64'), person), 'base64')),
    ],
  )

// The person's id is authenticated along with the text, so that a value cannot be moved to another person.
function encrypt(key: Uint8Array, text: string, person: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(person))
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

function decrypt(key: Uint8Array, sealed: string, person: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(person))
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
}
