import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const notMine = (): never => {
  throw new Error('an external field is not asked of whom it is external to')
}

const { ask, calls } = federateFolder(import.meta.dirname, {
  people: { Person: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `person ${id}`, born: 1815 }) } },
  reviews: {
    Query: { review: () => ({ author: { id: '1', name: 'a stale name' }, stars: 5 }) },
    Person: { signature: ({ name }: { name: string }) => `signed ${name}` },
  },
  archive: {
    Query: { oldest: () => ({ id: '2' }) },
    Person: { born: notMine, century: () => 19 },
  },
})

test('an external field is asked of the subgraph that owns it, though another declares it', async () => {
  expect(await ask('{ review { stars author { name } } }')).toEqual({
    data: { review: { stars: 5, author: { name: 'person 1' } } },
  })
  expect(calls.map(({ service }) => service)).toEqual(['reviews', 'people'])
  expect(calls[0]?.query).not.toMatch(/\bname\b/)
})

test('what needs an external field gets the value of its owner', async () => {
  expect(await ask('{ review { author { signature } } }')).toEqual({
    data: { review: { author: { signature: 'signed person 1' } } },
  })
})

test('the key of a type that a subgraph extends is its own to tell, external as it may say it is', async () => {
  calls.length = 0
  expect(await ask('{ oldest { id } }')).toEqual({ data: { oldest: { id: '2' } } })
  expect(calls.map(({ service }) => service)).toEqual(['archive'])
  expect(await ask('{ oldest { id born century } }')).toEqual({
    data: { oldest: { id: '2', born: 1815, century: 19 } },
  })
})
