import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const cell = (x: number) => ({ x, tags: [[`at ${x}`], []] })

const { ask } = federateFolder(import.meta.dirname, {
  charts: {
    Query: {
      matrix: () => [[1, null], [], [2]],
      strict: () => [[1], [2, null], [3]],
      cube: () => [[[cell(1), cell(2)], null], [[]], []],
    },
  },
  legends: { Query: { legend: () => [['x', null], null, []] } },
})

test('lists of lists of values keep their shape, empty lists and nulls included', async () => {
  expect(await ask('{ matrix legend }')).toEqual({
    data: { matrix: [[1, null], [], [2]], legend: [['x', null], null, []] },
  })
})

test('lists of lists of lists of objects keep theirs', async () => {
  expect(await ask('{ cube { x tags } }')).toEqual({
    data: { cube: [[[cell(1), cell(2)], null], [[]], []] },
  })
})

test('a null that may not be takes its own inner list along, no other', async () => {
  expect(await ask('{ strict }')).toMatchObject({
    data: { strict: [[1], null, [3]] },
    errors: [{ path: ['strict', 1, 1] }],
  })
})
