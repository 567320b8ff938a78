import { monthOf, monthOfDate, yearOf } from '../calendar.ts'
import type { Contract, TaxCard } from '../contract.ts'
import { InputError } from '../inputError.ts'
import { regularYearCents } from '../social-insurance/transitionZone.ts'
import type { Earning } from './earning.ts'
import type { PayslipInput } from './input.ts'

/**
 * The largest amount of a single figure, in cents: ten million euros. Up to here every product stays an exact whole
 * number; whoever earns more in a month is paid by hand.
 */
const LARGEST_AMOUNT = 1_000_000_000

/** Refuses what a payslip cannot be made of, naming the field: InputError. */
export function checkInput(input: PayslipInput): void {
  const { contract, month, law } = input
  const year = yearOf(monthOf(month.month))
  if (law.year !== year) throw new InputError('law', `is of ${law.year}, the month of ${year}`)
  if (input.previousYear && input.previousYear.law.year !== year - 1)
    throw new InputError('previousYear.law', `must be of ${year - 1}, is of ${input.previousYear.law.year}`)
  month.earnings.forEach(checkEarning)
  for (const earlier of month.earlierPayslips ?? [])
    if (earlier.month !== month.month) throw new InputError('month.earlierPayslips', `has one of ${earlier.month}`)
  if (month.workedMinutes !== undefined) checkWhole('workedMinutes', month.workedMinutes, 31 * 24 * 60)
  checkContract(input)
  if ('taxClass' in contract.tax) checkCard(contract.tax)
  else if (contract.kind !== 'miniJob') throw new InputError('contract.tax', 'is flat, which a mini-job alone may be')
}

function checkEarning({ cents, name }: Earning): void {
  checkWhole(`earning ${name}`, cents, LARGEST_AMOUNT)
}

function checkContract({ contract, law }: PayslipInput): void {
  checkWhole('contract.monthlyPayCents', contract.monthlyPayCents, LARGEST_AMOUNT)
  checkWhole('contract.expectedOneOffsYearCents', contract.expectedOneOffsYearCents ?? 0, LARGEST_AMOUNT)
  monthOfDate('birthDate', contract.person.birthDate)
  const isUpToLimit = regularYearCents(contract) <= 12 * law.miniJobLimitCents
  const isMiniJob = contract.kind === 'miniJob'
  if (isMiniJob && !isUpToLimit)
    throw new InputError('contract.kind', 'is a mini-job, but the regular pay exceeds its limit')
  if (!isMiniJob && contract.kind !== 'apprentice' && isUpToLimit)
    throw new InputError('contract.kind', 'must be a mini-job: the regular pay does not exceed its limit')
  if (contract.kind === 'apprentice' && contract.monthlyPayCents <= law.apprenticeLimitCents)
    throw new InputError('contract.monthlyPayCents', 'is so low that the employer bears all: not covered')
  if (contract.pensionChoice === 'optedOut' && !isMiniJob)
    throw new InputError('contract.pensionChoice', 'opting out is for mini-jobs')
  checkHealth(contract)
}

function checkHealth({ health, employer }: Contract): void {
  if (health.kind === 'statutory') checkRate('contract.health.additionalRate', health.additionalRate)
  else {
    checkWhole('contract.health.healthPremiumCents', health.healthPremiumCents, LARGEST_AMOUNT)
    checkWhole('contract.health.carePremiumCents', health.carePremiumCents, LARGEST_AMOUNT)
    checkWhole('contract.health.basicPremiumCents', health.basicPremiumCents, LARGEST_AMOUNT)
  }
  checkRate('contract.employer.u1Rate', employer.u1Rate ?? 0)
  checkRate('contract.employer.u2Rate', employer.u2Rate)
}

function checkCard(card: TaxCard): void {
  if (![1, 2, 3, 4, 5, 6].includes(card.taxClass)) throw new InputError('contract.tax.taxClass', 'must be 1 to 6')
  checkWhole('contract.tax.factorThousandths', card.factorThousandths ?? 1_000, 1_000)
  checkWhole('contract.tax.childAllowanceTenths', card.childAllowanceTenths ?? 0, 990)
  checkWhole('contract.tax.monthlyAllowanceCents', card.monthlyAllowanceCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.yearAllowanceCents', card.yearAllowanceCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.monthlyAdditionCents', card.monthlyAdditionCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.yearAdditionCents', card.yearAdditionCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.expectedYearWageCents', card.expectedYearWageCents ?? 0, LARGEST_AMOUNT)
}

/** Rates are percentages with two decimals, so that half of one is whole. */
function checkRate(field: string, rate: number): void {
  checkWhole(field, rate, 100_000)
  if (rate % 10 !== 0)
    throw new InputError(field, `must be a percentage with at most two decimals, is ${rate / 1_000} %`)
}

function checkWhole(field: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    throw new InputError(field, `must be a whole number from 0 to ${most}, is ${value}`)
}
