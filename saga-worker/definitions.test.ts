import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sagas } from './definitions.ts'
import { catalogOf } from './engine/catalog.ts'
import { contentHash, shapeOf } from './engine/definition.ts'
import { saga } from './engine/saga.ts'

const go = (input: object) => ({ subgraph: 'probe', mutation: 'go', input })
const startOn = { type: 'probe.Started', parse: (payload: unknown) => payload as { id: string; at: { city: string } } }
const options = { name: 'probe', version: 1, owner: 'nobody', startOn, correlateBy: () => 'x', deadlineDays: 1 }

describe('the published definitions', () => {
  it.each(sagas.map((one) => [`${one.name}.${one.version}`, one] as const))('%s is what it was', (name, one) => {
    const published = JSON.parse(readFileSync(join(import.meta.dirname, 'published', `${name}.json`), 'utf8'))
    expect(shapeOf(one)).toEqual(published)
  })

  it('make one catalog: no version twice, none without steps', () => {
    expect(() => catalogOf(sagas)).not.toThrow()
    expect(() => catalogOf([...sagas, ...sagas])).toThrow('defined twice')
    expect(() => catalogOf([saga(options)])).toThrow('has no step')
  })
})

describe('the shape of a definition', () => {
  it('shows what each step reads, wherever it stands in the command', () => {
    const shape = shapeOf(
      saga(options)
        .step('first', { command: ({ start }) => go({ city: start.at.city }), compensate: ({ start }) => go(start) })
        .pivot('second', { command: ({ first }) => go({ list: [`of ${first}`] }) })
        .onRolledBack(({ reason }) => go({ why: reason.code })),
    )
    expect(shape.steps).toEqual([
      {
        name: 'first',
        kind: 'step',
        command: go({ city: '$start.at.city' }),
        compensate: { ...go({}), input: '$start' },
      },
      { name: 'second', kind: 'pivot', command: go({ list: ['of $first'] }), compensate: null },
    ])
    expect(shape.rolledBack).toEqual(go({ why: '$reason.code' }))
  })

  it('has another hash when anything in it is another', () => {
    const of = (input: object, deadlineDays = 1) =>
      contentHash(saga({ ...options, deadlineDays }).pivot('act', { command: () => go(input) })).toString('hex')
    expect(new Set([of({ a: 1 }), of({ a: 2 }), of({ b: 1 }), of({ a: 1 }, 2)]).size).toBe(4)
    expect(of({ a: 1 })).toBe(of({ a: 1 }))
  })
})
