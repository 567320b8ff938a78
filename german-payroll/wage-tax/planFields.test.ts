import { describe, expect, it } from 'vitest'
import { readPlanCase } from './planFields.ts'

function mistakesIn(value: unknown) {
  const read = readPlanCase(value)
  return 'mistakes' in read ? read.mistakes : []
}

describe('a case in the names of the plan', () => {
  it('is filled with the defaults of the plan', () => {
    const read = readPlanCase({ RE4: 1 })
    expect(read).toMatchObject({ case: { RE4: 1, LZZ: 1, STKL: 1, af: 1, f: 1, KVZ: 0, VJAHR: 0, R: 0 } })
  })

  it('may write AF and F in either size', () => {
    expect(readPlanCase({ AF: 1, F: 0.9 })).toEqual(readPlanCase({ af: 1, f: 0.9 }))
    expect(mistakesIn({ F: 0.9, f: 0.9 })).toEqual([{ field: 'f', reason: 'is given twice, in both spellings' }])
  })

  it.each([
    [{ STKL: 7 }, 'STKL', 'must be a whole number from 1 to 6, is 7'],
    [{ LZZ: 0 }, 'LZZ', 'must be a whole number from 1 to 4, is 0'],
    [{ RE4: -1 }, 'RE4', 'must be a whole number from 0 to 10000000000, is -1'],
    [{ RE4: 100.5 }, 'RE4', 'must be a whole number from 0 to 10000000000, is 100.5'],
    [{ RE4: '4500000' }, 'RE4', 'must be a whole number from 0 to 10000000000, is "4500000"'],
    [{ RE4: null }, 'RE4', 'must be a whole number from 0 to 10000000000, is null'],
    [{ KVZ: 2.905 }, 'KVZ', 'must be a number with at most 2 decimals from 0 to 100, is 2.905'],
    [{ f: 1.2 }, 'f', 'must be a number with at most 3 decimals from 0 to 1, is 1.2'],
    [{ ZKF: 0.25 }, 'ZKF', 'must be a number with at most 1 decimals from 0 to 99, is 0.25'],
    [{ GROSS: 1 }, 'GROSS', 'is no input of the plan'],
    [{ toString: 1 }, 'toString', 'is no input of the plan'],
  ])('%j is refused with its field and reason', (value, field, reason) => {
    expect(mistakesIn(value)).toEqual([{ field, reason }])
  })

  it('is told all its mistakes at once', () => {
    expect(mistakesIn({ STKL: 9, LZZ: 9 })).toHaveLength(2)
  })

  it.each([[null], [[]], [7], ['text']])('%j is no case', (value) => {
    expect(mistakesIn(value)).toMatchObject([{ field: null }])
  })
})
