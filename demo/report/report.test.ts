import { describe, expect, it } from 'vitest'
import { progressOn } from './progress.ts'
import { table } from './table.ts'

function listener(isTTY: boolean, columns?: number) {
  let clock = 0
  const written: string[] = []
  const progress = progressOn({ isTTY, columns, write: (text: string) => written.push(text) }, () => clock)
  return { progress, written, pass: (ms: number) => (clock += ms) }
}

describe('progress', () => {
  it('is one changing line on a terminal, no wider than it', () => {
    const { progress, written, pass } = listener(true, 20)
    pass(1_234)
    progress.update('drafted 1 of 25: 1001')
    progress.update('two')
    progress.done('all drafted')
    expect(written).toEqual([
      '\r\u001b[2K   1.2 s  drafted 1',
      '\r\u001b[2K   1.2 s  two',
      '\r\u001b[2K   1.2 s  all drafted\n',
    ])
  })

  it('is a line each elsewhere, and only some of very many', () => {
    const { progress, written } = listener(false)
    for (let nth = 1; nth <= 1000; nth++) progress.update(`row ${nth}`)
    expect(written[0]).toBe('   0.0 s  row 1\n')
    expect(written).toHaveLength(505)
  })
})

describe('a table', () => {
  it('has its columns below each other, whatever letters a name has, and numbers to the right', () => {
    expect(
      table(
        'Hired',
        ['Name', 'n'],
        [
          ['Nguyễn', 7],
          ['Ob', 12],
        ],
      ),
    ).toBe('\nHired\n  Name     n\n  ──────────\n  Nguyễn   7\n  Ob      12\n')
  })

  it('prints what would steer a terminal as a dot', () => {
    expect(table('t', ['a'], [['\u001b[31mred\n']])).toContain('·[31mred·')
  })
})
