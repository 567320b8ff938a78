import { describe, expect, test } from 'vitest'
import { taxData } from './taxData.ts'

const notified = { taxClass: 4, taxId: '86095742719', childAllowances: 1.5, churchTax: true }

describe('tax data', () => {
  test('is kept with allowances in halves and the number without its blanks', () => {
    expect(taxData({ ...notified, taxId: ' 86 095 742 719' })).toEqual({
      taxClass: 4,
      taxId: '86095742719',
      childAllowanceHalves: 3,
      churchTax: true,
    })
  })

  test.each([
    [{ taxClass: 0 }, 'taxClass'],
    [{ taxClass: 7 }, 'taxClass'],
    [{ taxId: '86095742718' }, 'taxId'],
    [{ childAllowances: -0.5 }, 'childAllowances'],
    [{ childAllowances: 0.3 }, 'childAllowances'],
    [{ childAllowances: 20.5 }, 'childAllowances'],
  ])('is refused with %o', (wrong, told) => {
    expect(() => taxData({ ...notified, ...wrong })).toThrow(told)
  })
})
