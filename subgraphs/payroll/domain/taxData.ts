import { refuse } from '@steinmetz/kernel/errors'
import { taxIdMistake } from './taxId.ts'

/** What the tax office notifies about an employee (ELStAM, § 39 EStG); child allowances in halves of one. */
export type TaxData = { taxClass: number; taxId: string; childAllowanceHalves: number; churchTax: boolean }

type Notified = { taxClass: number; taxId: string; childAllowances: number; churchTax: boolean }

const childAllowancesAtMost = 20

/** Decides whether what is entered can be what the tax office has notified. Refuses INVALID_INPUT. */
export function taxData({ taxClass, taxId, childAllowances, churchTax }: Notified): TaxData {
  if (!Number.isInteger(taxClass) || taxClass < 1 || taxClass > 6)
    throw refuse('INVALID_INPUT', 'taxClass: give 1 to 6')
  const digits = taxId.replaceAll(/\s/g, '')
  const mistake = taxIdMistake(digits)
  if (mistake) throw refuse('INVALID_INPUT', `taxId: ${mistake}`)
  const halves = childAllowances * 2
  if (!Number.isInteger(halves) || halves < 0 || childAllowances > childAllowancesAtMost)
    throw refuse('INVALID_INPUT', `childAllowances: give 0 to ${childAllowancesAtMost}, in halves`)
  return { taxClass, taxId: digits, childAllowanceHalves: halves, churchTax }
}
