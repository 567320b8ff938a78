import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigError } from '@steinmetz/kernel/config'
import { GraphQLError, stripIgnoredCharacters } from 'graphql'
import { z } from 'zod'
import { createPlanCache } from '../engine/planCache.ts'
import { Denied } from './denied.ts'

/** The operations an installation knows beforehand: their text by the SHA-256 of it, or by another name. */
export type Manifest = ReadonlyMap<string, string>

/** `off` takes any operation; `observe` too, but counts those the manifest lacks; `require` denies them. */
export type SafelistMode = 'off' | 'observe' | 'require'

/** Which operation a request means: by its text, by an id, or by both. */
export type Named = { query?: string | undefined; id?: string | undefined }

export type PersistedOperations = {
  /**
   * The text a request means. Denies with OPERATION_NOT_LISTED, with PERSISTED_QUERY_NOT_FOUND for an id nobody has
   * sent the text of, with PERSISTED_QUERY_NOT_SUPPORTED, and with PERSISTED_QUERY_MISMATCH for a text that is not
   * the id's.
   */
  textOf(named: Named): string
  /** Remembers the text that came with an id, once it has passed what it must. */
  remember(named: Named): void
}

export type PersistedOptions = {
  manifest: Manifest
  mode: SafelistMode
  /** Bytes of texts that clients may have remembered (automatic persisted queries); 0 turns them off. */
  rememberBytes: number
  /** Hears of each operation that is not in the manifest, while `mode` is not `off`. */
  unlisted?(): void
}

/** Knows operations by id: those of the manifest, and where allowed those that clients send once and name from then on. */
export function persistedOperations({
  manifest,
  mode,
  rememberBytes,
  unlisted,
}: PersistedOptions): PersistedOperations {
  const remembered = createPlanCache<string>(rememberBytes)
  const isOpen = mode !== 'require'

  const ofId = (id: string): string => {
    const text = manifest.get(id) ?? (isOpen ? remembered.get(id) : undefined)
    if (text !== undefined) return text
    if (!isOpen) throw notListed()
    if (rememberBytes === 0) throw apq('NOT_SUPPORTED', 'PersistedQueryNotSupported')
    throw apq('NOT_FOUND', 'PersistedQueryNotFound')
  }
  const texts = new Set(manifest.values())
  // A text as it stands in the manifest is found without hashing it.
  const isListed = (query: string) =>
    texts.has(query) || manifest.has(hashOf(query)) || manifest.has(hashOf(stripped(query)))

  return {
    textOf({ query, id }) {
      if (query === undefined) return ofId(id ?? '')
      if (id !== undefined && manifest.get(id) !== query && hashOf(query) !== id) {
        const message = 'The document is not the one whose SHA-256 was sent with it'
        throw new Denied(400, 'BAD_USER_INPUT', 'PERSISTED_QUERY_MISMATCH', message)
      }
      if (mode === 'off' || isListed(query)) return query
      unlisted?.()
      if (isOpen) return query
      throw notListed()
    },
    remember({ query, id }) {
      if (query === undefined || id === undefined || !isOpen || remembered.get(id) !== undefined) return
      remembered.set(id, query, query.length * 2 + id.length * 2)
    },
  }
}

/** The messages and codes by which clients know that they must send the text once more. */
function apq(what: 'NOT_FOUND' | 'NOT_SUPPORTED', message: string): Denied {
  const code = what === 'NOT_FOUND' ? 'PERSISTED_QUERY_NOT_FOUND' : 'PERSISTED_QUERY_NOT_SUPPORTED'
  return new Denied(200, code, code, message)
}

function notListed(): Denied {
  const message = 'Only the operations of this installation’s manifest are taken'
  return new Denied(403, 'FORBIDDEN', 'OPERATION_NOT_LISTED', message)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Clients print one operation in several ways; blanks, commas and comments mean nothing. */
function stripped(query: string): string {
  try {
    return stripIgnoredCharacters(query)
  } catch (error) {
    if (error instanceof GraphQLError) return query
    throw error
  }
}

const manifestSchema = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
})

/**
 * Reads a manifest in Apollo's format (`generate-persisted-query-manifest`). Throws a ConfigError that says what is
 * wrong with it.
 */
export async function readManifest(path: string): Promise<Manifest> {
  const read = manifestSchema.safeParse(await readFile(path, 'utf8').then(JSON.parse).catch(unreadable))
  if (!read.success) {
    const reasons = read.error.issues.map(({ path: at, message }) => `${at.join('.') || 'it'}: ${message}`)
    throw new ConfigError([`OPERATIONS_MANIFEST is no persisted query manifest: ${reasons.join('; ')}`])
  }
  const manifest = new Map<string, string>()
  for (const { id, body } of read.data.operations) {
    for (const name of [id, hashOf(body), hashOf(stripped(body))]) manifest.set(name, body)
  }
  return manifest
}

function unreadable(error: unknown): never {
  throw new ConfigError([`OPERATIONS_MANIFEST cannot be read: ${error instanceof Error ? error.message : error}`])
}
