import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const cell = (x: number) => ({ x, tags: [[`at ${x}`], []] })

const { ask } = federateFolder(import.meta.dirname, {
  charts: {
    Query: {
      matrix: () => [[1, null], [], [2]],
      marks: () => [['LOW'], ['LOW', 'HIDDEN'], ['HIGH']],
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

test('what a client must not see takes its own inner list along, no other', async () => {
  expect(await ask('{ marks }')).toMatchObject({
    data: { marks: [['LOW'], null, ['HIGH']] },
    errors: [{ path: ['marks', 1, 1] }],
  })
})
