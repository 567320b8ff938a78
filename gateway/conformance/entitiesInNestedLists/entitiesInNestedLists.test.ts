import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const fail = (message: string): never => {
  throw new Error(message)
}

const { ask, calls } = federateFolder(import.meta.dirname, {
  grid: {
    Query: { rows: () => [[{ id: 'a' }, { id: 'b' }], [], [null, { id: 'a' }]] },
    Cell: {
      neighbours: ({ id }: { id: string }) =>
        id === 'a' ? [[{ id: 'b' }], [{ id: 'c' }, { id: 'b' }], [{ id: 'c' }]] : null,
    },
  },
  colours: {
    Cell: {
      colour: ({ id }: { id: string }) => (id === 'a' ? 'red' : `green ${id}`),
      shade: ({ id }: { id: string }) => (id === 'b' ? fail('no shade') : 'dark'),
    },
  },
})

test('each entity is completed at every place of a list of lists, and asked for once', async () => {
  expect(await ask('{ rows { colour } }')).toEqual({
    data: { rows: [[{ colour: 'red' }, { colour: 'green b' }], [], [null, { colour: 'red' }]] },
  })
  expect(calls[1]?.variables.representations).toHaveLength(2)
})

test('lists of lists below lists of lists are no different', async () => {
  const neighbours = [[{ colour: 'green b' }], [{ colour: 'green c' }, { colour: 'green b' }], [{ colour: 'green c' }]]
  expect(await ask('{ rows { neighbours { colour } } }')).toEqual({
    data: { rows: [[{ neighbours }, { neighbours: null }], [], [null, { neighbours }]] },
  })
  expect(calls.at(-1)?.variables.representations).toHaveLength(2)
})

test('an error stands at the place of its entity, with the position in every list', async () => {
  expect(await ask('{ rows { shade } }')).toMatchObject({
    data: { rows: [[{ shade: 'dark' }, null], [], [null, { shade: 'dark' }]] },
    errors: [{ message: 'no shade', path: ['rows', 0, 1, 'shade'] }],
  })
})

test('an entity that lacks what may not be null takes along the lists it may not be missing from, no other', async () => {
  const neighbours = [null, null, [{ shade: 'dark' }]]
  expect(await ask('{ rows { neighbours { shade } } }')).toMatchObject({
    data: { rows: [[{ neighbours }, { neighbours: null }], [], [null, { neighbours }]] },
  })
})
