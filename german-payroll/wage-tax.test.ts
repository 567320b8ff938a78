import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calculateCases } from './wage-tax.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wage-tax-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function runWith(content: string | null) {
  const file = join(folder, 'cases.json')
  if (content !== null) writeFileSync(file, content)
  const args = [join(import.meta.dirname, 'wage-tax.ts'), content === null ? join(folder, 'absent.json') : file]
  return spawnSync(process.execPath, args, { encoding: 'utf8' })
}

describe('npm run wage-tax', () => {
  it('prints nothing but the results as JSON', () => {
    const { stdout, stderr, status } = runWith('[{"LZZ":1,"RE4":4500000,"STKL":1,"KVZ":2.9}]')
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toEqual([
      {
        BK: 0,
        BKS: 0,
        LSTLZZ: 565_000,
        SOLZLZZ: 0,
        SOLZS: 0,
        STS: 0,
        VFRB: 123_000,
        VFRBS1: 0,
        VFRBS2: 0,
        WVFRB: 2_258_800,
        WVFRBO: 0,
        WVFRBM: 0,
      },
    ])
  })

  it('names the case, the field and the reason of every mistake, and prints no result', () => {
    const { stdout, stderr, status } = runWith('[{"RE4":1},{"STKL":7,"X":1}]')
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr.trim().split('\n')).toEqual([
      'case 2 of 2: field STKL must be a whole number from 1 to 6, is 7',
      'case 2 of 2: field X is no input of the plan',
    ])
  })

  it('says which file it could not read', () => {
    const { stderr, status } = runWith(null)
    expect(status).toBe(1)
    expect(stderr).toContain('cannot read')
  })

  it('answers an empty list with an empty list', () => {
    expect(calculateCases('[]')).toEqual({ outputs: [] })
  })

  it.each(['{"RE4":1}', '[{'])('refuses %s, which is no list of cases', (json) => {
    expect(calculateCases(json)).toHaveProperty('mistakes')
  })
})
