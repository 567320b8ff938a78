import { describe, expect, it } from 'vitest'
import { problemsIn } from './check-sources.ts'

const problems = (path: string, text: string) =>
  problemsIn([
    { path: 'kernel/package.json', text: '{}' },
    { path: 'subgraphs/hr/package.json', text: '{}' },
    { path, text },
  ])

describe('the check of sources', () => {
  it('finds a file that is too long', () => {
    expect(problems('kernel/a/b.ts', '\n'.repeat(401))).toEqual(['kernel/a/b.ts: has 401 lines; 400 are allowed'])
    expect(problems('kernel/a/b.ts', '\n'.repeat(400))).toEqual([])
  })

  it('finds a file that lies too deep, counted from its package', () => {
    expect(problems('subgraphs/hr/a/b/c.ts', '')).toEqual([])
    expect(problems('subgraphs/hr/a/b/c/d.ts', '')).toEqual([
      'subgraphs/hr/a/b/c/d.ts: lies 3 folders deep in its package; 2 are allowed',
    ])
  })

  it('finds a folder that says what a file is, not what it is for', () => {
    expect(problems('kernel/utils/a.ts', '')).toEqual([
      'kernel/utils/a.ts: a folder named utils does not say what it is for',
    ])
  })

  it.each(['const employee = 1', '// as in hr', '/** PayrollAccount */', 'hire()'])(
    'finds a domain’s word in the kernel: %s',
    (text) => {
      expect(problems('kernel/a/b.ts', `\n${text}`)).toEqual([
        expect.stringMatching(/^kernel\/a\/b\.ts:2: ".*" is a word/),
      ])
      expect(problems('kernel/a/b.test.ts', text)).toEqual([])
      expect(problems('subgraphs/hr/domain/b.ts', text)).toEqual([])
    },
  )

  it('does not take a word for another that contains it', () => {
    expect(problems('kernel/a/b.ts', 'three chrome threads, shire')).toEqual([])
  })

  it.each(['const at = new Date()', 'x = Date.now() + 1', 'if (Math.random() < 0.5) y()'])(
    'finds clock and chance that were not passed in: %s',
    (text) => {
      expect(problems('gateway/engine/a.ts', text)).toEqual([expect.stringContaining('have it passed in')])
      for (const path of ['subgraphs/hr/main.ts', 'stack/start.ts', 'kernel/a/b.test.ts'])
        expect(problems(path, text)).toEqual([])
    },
  )

  it('lets a clock be handed on', () => {
    expect(problems('kernel/a/b.ts', 'const { now = () => new Date() } = options')).toEqual([])
    expect(problems('kernel/a/b.ts', 'new Date(0); // not Date.now, which\n * new Date()')).toEqual([])
  })

  it('finds an id that a command or a decision makes by itself', () => {
    expect(problems('subgraphs/hr/commands/a.ts', 'id: crypto.randomUUID()')).toHaveLength(1)
    expect(problems('kernel/a/b.ts', 'id: crypto.randomUUID()')).toEqual([])
  })

  it('finds unfinished and silenced code', () => {
    expect(problems('stack/a.mjs', '// TODO: later')).toHaveLength(1)
    expect(problems('kernel/a/b.test.ts', '// @ts-expect-error')).toHaveLength(1)
  })
})
