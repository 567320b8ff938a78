import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@steinmetz/kernel/config'
import { describe, expect, it } from 'vitest'
import { Denied } from './denied.ts'
import { type Manifest, type Named, persistedOperations, readManifest } from './persistedOperations.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const listed = 'query Me { me { id } }'
const other = '{ everything }'

async function manifestOf(text: string): Promise<Manifest> {
  const folder = await mkdtemp(join(tmpdir(), 'manifest-'))
  try {
    await writeFile(join(folder, 'manifest.json'), text)
    return await readManifest(join(folder, 'manifest.json'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const manifest = await manifestOf(
  JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: 'me-1', name: 'Me', type: 'query', body: listed }],
  }),
)

function asking(options: Partial<Parameters<typeof persistedOperations>[0]> = {}) {
  const operations = persistedOperations({ manifest: new Map(), mode: 'off', rememberBytes: 1_000, ...options })
  const ask = (named: Named) => {
    try {
      const text = operations.textOf(named)
      operations.remember(named)
      return text
    } catch (error) {
      return error instanceof Denied ? error.reason : String(error)
    }
  }
  return ask
}

describe('a document that is known by its hash', () => {
  it('is asked for once, remembered, and answered from then on by the hash alone', () => {
    const ask = asking()
    expect(ask({ id: hash(other) })).toBe('PERSISTED_QUERY_NOT_FOUND')
    expect(ask({ id: hash(other), query: other })).toBe(other)
    expect(ask({ id: hash(other) })).toBe(other)
  })

  it('cannot be replaced by another that is sent under its hash', () => {
    const ask = asking()
    expect(ask({ id: hash(other), query: '{ poison }' })).toBe('PERSISTED_QUERY_MISMATCH')
    expect(ask({ id: hash(other) })).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  it('takes no more memory than allowed, and none where none is', () => {
    const ask = asking()
    const texts = Array.from({ length: 20 }, (_, n) => `{ field${n} }`)
    for (const query of texts) ask({ id: hash(query), query })
    const known = texts.filter((query) => ask({ id: hash(query) }) === query)
    expect(known.length).toBeLessThan(8)
    expect(asking({ rememberBytes: 0 })({ id: hash(other) })).toBe('PERSISTED_QUERY_NOT_SUPPORTED')
  })
})

describe('where only the manifest is taken', () => {
  const ask = asking({ manifest, mode: 'require' })

  it('takes its operations, by id, by hash, by text, however the text is laid out', () => {
    expect([ask({ id: 'me-1' }), ask({ id: hash(listed) }), ask({ query: listed })]).toEqual([listed, listed, listed])
    const printed = 'query Me {\n  me {\n    id # mine\n  }\n}'
    expect(ask({ query: printed })).toBe(printed)
  })

  it('takes no other, neither as it stands nor through the hash of it', () => {
    expect(ask({ query: other })).toBe('OPERATION_NOT_LISTED')
    expect(ask({ query: other, id: hash(other) })).toBe('OPERATION_NOT_LISTED')
    expect(ask({ id: hash(other) })).toBe('OPERATION_NOT_LISTED')
    expect(ask({ query: other, id: 'me-1' })).toBe('PERSISTED_QUERY_MISMATCH')
    expect(ask({ query: `${listed} ${other}` })).toBe('OPERATION_NOT_LISTED')
    expect(ask({ query: '"unreadable' })).toBe('OPERATION_NOT_LISTED')
  })

  it('can be tried out first: others are counted, not denied', () => {
    let unlisted = 0
    const count = () => {
      unlisted += 1
    }
    const observing = asking({ manifest, mode: 'observe', unlisted: count })
    expect([observing({ query: listed }), observing({ query: other })]).toEqual([listed, other])
    expect(unlisted).toBe(1)
  })
})

it('a manifest that is none is refused at the start, saying what is wrong', async () => {
  await expect(manifestOf('{')).rejects.toThrow(ConfigError)
  await expect(manifestOf('{"format":"other","version":1,"operations":[]}')).rejects.toThrow('format')
})
