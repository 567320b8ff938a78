import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  names: { A: { __resolveReference: ({ id }: { id: string }) => ({ id, tag: `t${id}`, name: `a${id}` }) } },
  shouts: {
    Query: { list: () => [{ id: '1', tag: 't1' }] },
    A: {
      __resolveReference: (key: { tag?: string }) => {
        if (!key.tag) throw new Error('this key cannot be resolved')
        return key
      },
      shout: ({ name }: { name: string }) => name.toUpperCase(),
    },
  },
  links: { Query: { linked: () => ({ id: '2' }) } },
})

test('a subgraph is not entered through a key it cannot resolve', async () => {
  expect(await ask('{ list { id name shout } }')).toEqual({ data: { list: [{ id: '1', name: 'a1', shout: 'A1' }] } })
})

test('a subgraph that cannot resolve an entity itself still leads to those that can', async () => {
  calls.length = 0
  expect(await ask('{ linked { shout } }')).toEqual({ data: { linked: { shout: 'A2' } } })
  expect(calls.map(({ service }) => service)).toEqual(['links', 'names', 'shouts'])
})
