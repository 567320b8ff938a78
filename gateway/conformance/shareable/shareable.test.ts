import { beforeEach, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  people: {
    Query: { staff: () => ({ size: 7, address: { city: 'Ulm', street: 'Hafenbad' } }) },
  },
  badges: {
    Query: {
      badge: () => ({ holder: { id: '1', name: 'Ada' } }),
      staff: () => ({ size: 7, badges: 9, address: { city: 'Ulm', code: '89073' } }),
    },
  },
})
beforeEach(() => void calls.splice(0))
const asked = () => calls.map(({ service }) => service)

test('a field several subgraphs can tell is taken from the one that is asked anyway', async () => {
  expect(await ask('{ badge { holder { name } } }')).toEqual({ data: { badge: { holder: { name: 'Ada' } } } })
  expect(asked()).toEqual(['badges'])
})

test('a root field several subgraphs can tell is asked of one where one suffices', async () => {
  expect(await ask('{ staff { size badges } }')).toEqual({ data: { staff: { size: 7, badges: 9 } } })
  expect(asked()).toEqual(['badges'])
})

test('an object without a key is put together from all that know a part of it', async () => {
  expect(await ask('{ staff { badges address { code city street } } }')).toEqual({
    data: { staff: { badges: 9, address: { code: '89073', city: 'Ulm', street: 'Hafenbad' } } },
  })
  expect(asked().toSorted()).toEqual(['badges', 'people'])
})
