import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  stock: {
    Query: {
      parts: () => [{ code: 'x' }, { code: null }, null],
      shelves: () => [{ place: { row: 3 } }, { place: { row: null } }, { place: null }],
    },
  },
  labels: {
    Part: { label: ({ code }: { code: string | null }) => (code === null ? 'no code' : `part ${code}`) },
    Shelf: {
      label: ({ place }: { place: { row: number | null } | null }) => `in row ${place ? place.row : 'nowhere'}`,
    },
  },
})

test('a key that is null is sent as null; what is no entity at all is not asked for', async () => {
  expect(await ask('{ parts { label } }')).toEqual({
    data: { parts: [{ label: 'part x' }, { label: 'no code' }, null] },
  })
  expect(calls.at(-1)?.variables.representations).toEqual([
    { __typename: 'Part', code: 'x' },
    { __typename: 'Part', code: null },
  ])
})

test('a nested key may be null at its end or on the way to it', async () => {
  expect(await ask('{ shelves { label } }')).toEqual({
    data: { shelves: [{ label: 'in row 3' }, { label: 'in row null' }, { label: 'in row nowhere' }] },
  })
})
