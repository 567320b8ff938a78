import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const desks = [
  { building: 'north', number: 1 },
  { building: 'south', number: 1 },
  { building: 'north', number: 2 },
]

const { ask, calls } = federateFolder(import.meta.dirname, {
  offices: { Query: { desks: () => desks } },
  people: {
    Desk: { sitter: ({ building, number }: { building: string; number: number }) => `${number} of ${building}` },
  },
})

test('a key of several fields is sent whole, and two entities that share one of them stay two', async () => {
  expect(await ask('{ desks { sitter } }')).toEqual({
    data: { desks: [{ sitter: '1 of north' }, { sitter: '1 of south' }, { sitter: '2 of north' }] },
  })
  expect(calls[1]?.variables.representations).toEqual(desks.map((desk) => ({ __typename: 'Desk', ...desk })))
})

test('a client that renames the fields of a key renames them for itself alone', async () => {
  expect(await ask('{ desks { building: number number: building sitter } }')).toEqual({
    data: {
      desks: [
        { building: 1, number: 'north', sitter: '1 of north' },
        { building: 1, number: 'south', sitter: '1 of south' },
        { building: 2, number: 'north', sitter: '2 of north' },
      ],
    },
  })
})
