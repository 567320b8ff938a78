import { describe, expect, it } from 'vitest'
import { probe } from '../testing/faultModel.ts'
import { replay, simulate } from './simulate.ts'

const start = { id: 'x' }
const histories = Array.from({ length: 1_000 }, (_, seed) => simulate(probe, start, seed))
const names = (seed: number) => histories[seed]?.commands.map(({ mutation }) => mutation) ?? []

describe('a simulated saga', () => {
  it('has the same history for the same seed, and another for another', () => {
    expect(simulate(probe, start, 7)).toEqual(simulate(probe, start, 7))
    expect(new Set(histories.map((history) => JSON.stringify(history.told))).size).toBeGreaterThan(300)
  })

  it('gives the same commands when it is told the same again', () => {
    for (const history of histories)
      expect(replay(probe, history)).toEqual({ commands: history.commands, end: history.end })
  })

  it('ends, completed or rolled back, and both happen', () => {
    expect(new Set(histories.map(({ end }) => end))).toEqual(new Set(['COMPLETED', 'COMPENSATED']))
  })

  it('never undoes anything once its pivot may be done, and never acts behind its last command', () => {
    for (const [seed, { end, told }] of histories.entries()) {
      // One that asks anew undoes a part and goes on.
      if (told.some((one) => 'outcome' in one && one.outcome.kind === 'refused' && one.outcome.code === 'CHANGED'))
        continue
      const sent = names(seed)
      const undone = sent.findIndex((name) => name.startsWith('undo') || name === 'z')
      if (end === 'COMPLETED') expect(undone).toBe(-1)
      else expect(sent.slice(undone).every((name) => name.startsWith('undo') || name === 'z')).toBe(true)
      const refusedPivot = told.some((one) => 'outcome' in one && one.outcome.kind === 'refused')
      if (sent.includes('p') && end === 'COMPENSATED') expect(refusedPivot).toBe(true)
    }
  })
})
