import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CompositionFailed, composeSubgraphs, firstDifference, readSubgraphs } from './compose.ts'
import { routeSupergraph, SupergraphRefused } from './supergraph.ts'
import { approvalsSdl, hrSdl } from './testing/testbed.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function subgraph(name: string, sdl: string) {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'schema.graphql'), sdl)
}

async function composed(): Promise<string> {
  return composeSubgraphs(await readSubgraphs(folder))
}

function reasonsOf(compose: () => unknown): readonly string[] {
  try {
    compose()
  } catch (error) {
    if (error instanceof CompositionFailed) return error.reasons
    throw error
  }
  return []
}

describe('the supergraph', () => {
  it('is composed of every folder with a contract, to the same text each time', async () => {
    await subgraph('hr', hrSdl)
    await subgraph('approvals', approvalsSdl)
    await mkdir(join(folder, 'unfinished'))
    const sdl = await composed()
    expect(sdl).toBe(await composed())
    expect(routeSupergraph(sdl).subgraphs).toEqual([
      { name: 'approvals', url: 'http://127.0.0.1:4012/graphql' },
      { name: 'hr', url: 'http://127.0.0.1:4010/graphql' },
    ])
  })

  it('is not composed of contracts that contradict each other or cannot be read; every reason is told', async () => {
    const two = (sdl: string) => [
      { name: 'hr', sdl: hrSdl, url: '' },
      { name: 'other', sdl, url: '' },
    ]
    const contradictions = reasonsOf(() => composeSubgraphs(two('type Query { employee: Int, slow: Int }')))
    expect(contradictions.filter((reason) => reason.includes('"Query.employee"'))).not.toEqual([])
    expect(contradictions.filter((reason) => reason.includes('"Query.slow"'))).not.toEqual([])
    expect(reasonsOf(() => composeSubgraphs(two('type Query {')))).toEqual([
      expect.stringContaining('[other] Syntax Error'),
    ])
    expect(reasonsOf(() => composeSubgraphs([]))).toEqual(['there is no subgraph to compose'])
  })

  it('takes the addresses of the installation', async () => {
    await subgraph('hr', hrSdl)
    const routed = routeSupergraph(await composed(), { hr: 'http://hr.internal/graphql' })
    expect(routed.subgraphs).toEqual([{ name: 'hr', url: 'http://hr.internal/graphql' }])
    expect(routed.sdl).toContain('url: "http://hr.internal/graphql"')
    expect(routed.sdl).not.toContain('127.0.0.1')
  })

  it('is refused with every mistake in the addresses', async () => {
    await subgraph('warehouse', hrSdl)
    const sdl = await composed()
    expect(() => routeSupergraph(sdl, { warehous: 'http://127.0.0.1/' })).toThrow(SupergraphRefused)
    expect(() => routeSupergraph(sdl, { warehous: 'http://127.0.0.1/' })).toThrow(
      /warehouse has no url; SUBGRAPH_URLS names warehous, .* \(it knows warehouse\)/,
    )
    expect(() => routeSupergraph('type Query { a: Int }')).toThrow(/was it composed/)
  })
})

describe('a difference from what is checked in', () => {
  it('is told by its first line', () => {
    expect(firstDifference('a\nb\nc', 'a\nb\nc')).toBeUndefined()
    expect(firstDifference('a\nB\nc', 'a\nb\nc')).toBe('line 2\n  checked in: b\n  composed:   B')
    expect(firstDifference('a', 'a\nb')).toBe('line 2\n  checked in: b\n  composed:   (the end of the file)')
    expect(firstDifference('a\nb', 'a')).toBe('line 2\n  checked in: (the end of the file)\n  composed:   b')
  })
})
