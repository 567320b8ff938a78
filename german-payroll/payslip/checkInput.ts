import { type MonthIndex, monthOf, monthOfDate, yearOf } from '../calendar.ts'
import type { Contract, EmploymentKind, FederalState, FlatTax, Person, TaxCard } from '../contract.ts'
import { InputError } from '../inputError.ts'
import type { YearUse } from '../social-insurance/assessment.ts'
import { regularYearCents } from '../social-insurance/transitionZone.ts'
import { type Choices, checkChoice, checkFlag, checkList, checkObject, checkRate, checkWhole } from './checkField.ts'
import type { Earning, EarningKind } from './earning.ts'
import type { PayMonth, PayslipInput } from './input.ts'

/**
 * The largest amount of a single figure, in cents: ten million euros. Up to here every product stays an exact whole
 * number; whoever earns more in a month is paid by hand.
 */
const LARGEST_AMOUNT = 1_000_000_000
const LARGEST_YEAR = 100 * LARGEST_AMOUNT

/** Two employments within a month have 31 days in a long one, so a year may have more than 360. */
const MOST_DAYS = 366

/**
 * Refuses what a payslip cannot be made of, naming the field: InputError. Also what the types rule out is refused,
 * since not everybody compiles: an earning of an unknown kind would be paid out untaxed.
 */
export function checkInput(input: PayslipInput): void {
  checkObject('input', input)
  const { contract, month, law, yearToDate, previousYear } = input
  checkObject('month', month)
  checkObject('law', law)
  const index = monthOf(month.month)
  const year = yearOf(index)
  if (law.year !== year) throw new InputError('law', `is of ${law.year}, the month of ${year}`)
  checkMonth(month)
  checkContract(contract, index)
  checkKind(input)
  checkObject('yearToDate', yearToDate)
  checkWhole('yearToDate.taxableCents', yearToDate.taxableCents, LARGEST_YEAR)
  checkUse('yearToDate', yearToDate)
  if (previousYear === undefined) return
  checkObject('previousYear', previousYear)
  checkObject('previousYear.law', previousYear.law)
  if (previousYear.law.year !== year - 1)
    throw new InputError('previousYear.law', `must be of ${year - 1}, is of ${previousYear.law.year}`)
  checkRate('previousYear.additionalRate', previousYear.additionalRate)
  checkUse('previousYear', previousYear)
}

function checkUse(field: string, use: { readonly health: YearUse; readonly pension: YearUse }): void {
  for (const branch of ['health', 'pension'] as const) {
    checkObject(`${field}.${branch}`, use[branch])
    checkWhole(`${field}.${branch}.insuredDays`, use[branch].insuredDays, MOST_DAYS)
    checkWhole(`${field}.${branch}.baseCents`, use[branch].baseCents, LARGEST_YEAR)
  }
}

const EARNINGS: Choices<EarningKind> = { regular: true, oneOff: true, exempt: true }

function checkMonth({ month, earnings, earlierPayslips = [], workedMinutes }: PayMonth): void {
  checkList('month.earnings', earnings)
  earnings.forEach(checkEarning)
  checkList('month.earlierPayslips', earlierPayslips)
  for (const earlier of earlierPayslips)
    if (earlier.month !== month) throw new InputError('month.earlierPayslips', `has one of ${earlier.month}`)
  if (workedMinutes !== undefined) checkWhole('month.workedMinutes', workedMinutes, 31 * 24 * 60)
}

function checkEarning(earning: Earning, index: number): void {
  const field = `month.earnings[${index}]`
  checkObject(field, earning)
  checkChoice(`${field}.kind`, earning.kind, EARNINGS)
  checkWhole(`${field}.cents`, earning.cents, LARGEST_AMOUNT)
}

const KINDS: Choices<EmploymentKind> = { employee: true, apprentice: true, workingStudent: true, miniJob: true }
const PENSION_CHOICES: Choices<NonNullable<Contract['pensionChoice']>> = { optedOut: true, waivesFreedom: true }
const STATES: Choices<FederalState> = {
  BB: true,
  BE: true,
  BW: true,
  BY: true,
  HB: true,
  HE: true,
  HH: true,
  MV: true,
  NI: true,
  NW: true,
  RP: true,
  SH: true,
  SL: true,
  SN: true,
  ST: true,
  TH: true,
}

function checkContract(contract: Contract, month: MonthIndex): void {
  checkObject('contract', contract)
  checkChoice('contract.kind', contract.kind, KINDS)
  checkChoice('contract.state', contract.state, STATES)
  checkWhole('contract.monthlyPayCents', contract.monthlyPayCents, LARGEST_AMOUNT)
  checkWhole('contract.expectedOneOffsYearCents', contract.expectedOneOffsYearCents ?? 0, LARGEST_AMOUNT)
  if (contract.pensionChoice !== undefined)
    checkChoice('contract.pensionChoice', contract.pensionChoice, PENSION_CHOICES)
  checkFlag('contract.besidesMainJob', contract.besidesMainJob ?? false)
  checkPerson(contract.person, month)
  checkTax(contract.tax)
  checkHealth(contract)
  checkEmployer(contract)
}

function checkPerson(person: Person, month: MonthIndex): void {
  checkObject('contract.person', person)
  if (monthOfDate('contract.person.birthDate', person.birthDate) > month)
    throw new InputError('contract.person.birthDate', 'lies after the month')
  checkList('contract.person.childBirthDates', person.childBirthDates)
  for (const [index, date] of person.childBirthDates.entries())
    monthOfDate(`contract.person.childBirthDates[${index}]`, date)
  checkFlag('contract.person.fullOldAgePension', person.fullOldAgePension ?? false)
}

const FLAT_TAX_PAYERS: Choices<FlatTax['flatTaxPaidBy']> = { employer: true, employee: true }

function checkTax(tax: TaxCard | FlatTax): void {
  checkObject('contract.tax', tax)
  if ('taxClass' in tax) checkCard(tax)
  else checkChoice('contract.tax.flatTaxPaidBy', tax.flatTaxPaidBy, FLAT_TAX_PAYERS)
}

function checkCard(card: TaxCard): void {
  if (![1, 2, 3, 4, 5, 6].includes(card.taxClass))
    throw new InputError('contract.tax.taxClass', `must be 1 to 6, is ${card.taxClass}`)
  checkFlag('contract.tax.churchMember', card.churchMember)
  checkWhole('contract.tax.factorThousandths', card.factorThousandths ?? 1_000, 1_000)
  if (card.taxClass !== 4 && (card.factorThousandths ?? 1_000) !== 1_000)
    throw new InputError('contract.tax.factorThousandths', 'is for class IV alone')
  checkWhole('contract.tax.childAllowanceTenths', card.childAllowanceTenths ?? 0, 990)
  checkWhole('contract.tax.monthlyAllowanceCents', card.monthlyAllowanceCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.yearAllowanceCents', card.yearAllowanceCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.monthlyAdditionCents', card.monthlyAdditionCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.yearAdditionCents', card.yearAdditionCents ?? 0, LARGEST_AMOUNT)
  checkWhole('contract.tax.expectedYearWageCents', card.expectedYearWageCents ?? 0, LARGEST_AMOUNT)
}

const INSURERS: Choices<Contract['health']['kind']> = { statutory: true, private: true }

function checkHealth({ health }: Contract): void {
  checkObject('contract.health', health)
  checkChoice('contract.health.kind', health.kind, INSURERS)
  if (health.kind === 'statutory') {
    checkRate('contract.health.additionalRate', health.additionalRate)
    checkFlag('contract.health.voluntary', health.voluntary ?? false)
    return
  }
  checkWhole('contract.health.healthPremiumCents', health.healthPremiumCents, LARGEST_AMOUNT)
  checkWhole('contract.health.carePremiumCents', health.carePremiumCents, LARGEST_AMOUNT)
  checkWhole('contract.health.basicPremiumCents', health.basicPremiumCents, LARGEST_AMOUNT)
  checkFlag('contract.health.exempted', health.exempted ?? false)
}

function checkEmployer({ employer }: Contract): void {
  checkObject('contract.employer', employer)
  if (employer.u1Rate !== null) checkRate('contract.employer.u1Rate', employer.u1Rate)
  checkRate('contract.employer.u2Rate', employer.u2Rate)
  checkFlag('contract.employer.insolvencyLevy', employer.insolvencyLevy)
}

/** Whether the employment is of the kind that its pay makes it, and has what only that kind may have. */
function checkKind({ contract, law }: PayslipInput): void {
  const { kind, tax, pensionChoice, monthlyPayCents } = contract
  const isUpToLimit = regularYearCents(contract) <= 12 * law.miniJobLimitCents
  const isMiniJob = kind === 'miniJob'
  if (isMiniJob && !isUpToLimit)
    throw new InputError('contract.kind', 'is a mini-job, but the regular pay exceeds its limit')
  if (!isMiniJob && kind !== 'apprentice' && isUpToLimit)
    throw new InputError('contract.kind', 'must be a mini-job: the regular pay does not exceed its limit')
  if (kind === 'apprentice' && monthlyPayCents <= law.apprenticeLimitCents)
    throw new InputError('contract.monthlyPayCents', 'is so low that the employer bears all: not covered')
  if (pensionChoice === 'optedOut' && !isMiniJob)
    throw new InputError('contract.pensionChoice', 'opting out is for mini-jobs')
  if ('flatTaxPaidBy' in tax && !isMiniJob)
    throw new InputError('contract.tax', 'is flat, which a mini-job alone may be')
}
