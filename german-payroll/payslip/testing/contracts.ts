import type { Contract } from '../../contract.ts'
import { law2026 } from '../../parameters/law.ts'
import type { Earning } from '../earning.ts'
import type { PayslipInput } from '../input.ts'
import { NO_EARLIER_MONTHS } from '../yearToDate.ts'

/** An employee with 4,000 euros a month, insured by law, in class I and without children. */
export const employee: Contract = {
  kind: 'employee',
  startsOn: '2020-01-01',
  state: 'NW',
  monthlyPayCents: 400_000,
  person: { birthDate: '1990-05-15', childBirthDates: [] },
  tax: { taxClass: 1, churchMember: false },
  health: { kind: 'statutory', additionalRate: 2_900 },
  employer: { u1Rate: 1_600, u2Rate: 440, insolvencyLevy: true },
}

export const regular = (cents: number): Earning => ({ name: 'Gehalt', kind: 'regular', cents })
export const oneOff = (cents: number): Earning => ({ name: 'Bonus', kind: 'oneOff', cents })

/** A month of a contract at its agreed pay, changed where a test says so. */
export function inputOf(contract: Contract, changes: Partial<PayslipInput> = {}): PayslipInput {
  const month = { month: '2026-05', earnings: [regular(contract.monthlyPayCents)] }
  return { contract, month, law: law2026, yearToDate: NO_EARLIER_MONTHS, ...changes }
}
