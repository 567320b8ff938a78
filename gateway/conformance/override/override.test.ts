import { beforeEach, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  old: {
    Query: { employee: () => ({ id: '1', grade: 'old', base: 100 }) },
    Employee: { __resolveReference: () => ({ id: '1', grade: 'old', base: 100 }) },
  },
  fresh: {
    Query: { promoted: () => ({ id: '2' }) },
    Employee: { grade: () => 'fresh', salary: ({ base }: { base: number }) => base * 2 },
  },
})
beforeEach(() => void calls.splice(0))
const asked = () => calls.map(({ service }) => service)

test('a field that moved is asked of its new subgraph, even where the old one is asked anyway', async () => {
  expect(await ask('{ employee { grade base } }')).toEqual({ data: { employee: { grade: 'fresh', base: 100 } } })
  expect(asked()).toEqual(['old', 'fresh'])
  expect(calls[0]?.query).not.toContain('grade')
})

test('where the new subgraph is asked anyway, the old one is not asked at all', async () => {
  expect(await ask('{ promoted { grade } }')).toEqual({ data: { promoted: { grade: 'fresh' } } })
  expect(asked()).toEqual(['fresh'])
})

test('what has not moved stays, and can be needed by what has', async () => {
  expect(await ask('{ promoted { grade salary } }')).toEqual({ data: { promoted: { grade: 'fresh', salary: 200 } } })
  expect(asked()).toEqual(['fresh', 'old', 'fresh'])
})
