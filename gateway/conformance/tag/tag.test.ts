import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls, supergraphSdl } = federateFolder(import.meta.dirname, {
  a: {
    Query: {
      items: (_: unknown, { first }: { first: number }) => [{ id: '1', size: 'SMALL' }, { id: '2' }].slice(0, first),
    },
  },
  b: { Item: { name: ({ id }: { id: string }) => `item ${id}` } },
})

test('a tag changes no answer, and no subgraph hears of it', async () => {
  expect(await ask('{ items(first: 1) { size name } }')).toEqual({
    data: { items: [{ size: 'SMALL', name: 'item 1' }] },
  })
  expect(calls).toHaveLength(2)
  expect(JSON.stringify(calls)).not.toContain('tag')
})

test('the supergraph keeps the tags of all subgraphs, for whoever makes variants of it', () => {
  for (const name of ['internal', 'partner', 'public']) expect(supergraphSdl).toContain(`@tag(name: "${name}")`)
})

test('a client is not told of them, nor may it write them', async () => {
  expect(JSON.stringify(await ask('{ __schema { directives { name } } }'))).not.toContain('tag')
  expect(await ask('{ items @tag(name: "internal") { id } }')).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  })
})
