import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import {
  type Contract,
  type Earning,
  type Employer,
  type EmploymentKind,
  type FederalState,
  law2026,
  NO_EARLIER_MONTHS,
  type PayslipInput,
  payslip,
  type StatutoryHealth,
  socialInsurance2025Law,
  type TaxClass,
} from '@steinmetz/german-payroll'

const data = join(import.meta.dirname, '..', '.data', 'bench')
const rounds = Number(process.argv[2] ?? 15)
const WORKFORCE = 5_000
const GOAL = 20_000

/**
 * How many payslips one core makes in a second, everything computed: wage tax of regular and one-off pay, church tax
 * and surcharge, every contribution and levy of both sides, lines, notices and the year to date. The workforce is
 * mixed, each payslip differs from the one before, and the figure is the median of the rounds.
 */
function main(): void {
  const workforce = Array.from({ length: WORKFORCE }, (_, index) => inputOf(index))
  const perSecond: number[] = []
  let paidCents = 0
  // Round 0 warms the compiler and is thrown away.
  for (let round = 0; round <= rounds; round++) {
    const began = process.hrtime.bigint()
    for (const input of workforce) paidCents += payslip(input).payoutCents
    const seconds = Number(process.hrtime.bigint() - began) / 1e9
    if (round > 0) perSecond.push(WORKFORCE / seconds)
  }
  if (paidCents <= 0) throw new Error('nobody was paid')
  report(perSecond.toSorted((one, other) => one - other))
}

function report(sorted: readonly number[]): void {
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN)
  process.stdout.write(`one core of ${cpus()[0]?.model ?? 'an unknown machine'}, Node ${process.version}\n\n`)
  process.stdout.write('| figure | median | slowest round | fastest round | goal |\n|---|---|---|---|---|\n')
  process.stdout.write(`| payslips-per-second | ${at(0.5)} | ${at(0)} | ${at(1)} | ${GOAL} |\n\n`)
  const ratio = arithmeticRatio()
  process.stdout.write(
    `the income-tax tariff in checked whole numbers: ${ratio.toFixed(1)} times as fast as in BigInt\n`,
  )
  const figures = [{ figure: 'payslips-per-second', unit: 'payslips/s', value: at(0.5), goal: GOAL }]
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'payroll-law.json'), `${JSON.stringify(figures, null, 2)}\n`)
}

const STATES: readonly FederalState[] = ['NW', 'BY', 'BW', 'SN', 'BE', 'HE', 'HH', 'NI']
const EMPLOYER: Employer = { u1Rate: 1_600, u2Rate: 440, insolvencyLevy: true }

/** A workforce of every kind: of ten people one in the transition zone, one mini-jobber, one insured privately. */
function inputOf(index: number): PayslipInput {
  const kind = kindOf(index)
  const monthlyPayCents = payOf(index, kind)
  const earnings: Earning[] = [{ name: 'Gehalt', kind: 'regular', cents: monthlyPayCents }]
  // Every sixth has a one-off payment: the tax of the year is reckoned twice more, and in March it may go back a year.
  if (index % 6 === 0) earnings.push({ name: 'Bonus', kind: 'oneOff', cents: 50_000 + (index % 90) * 10_000 })
  const use = { insuredDays: 60, baseCents: 2 * Math.min(monthlyPayCents, 581_250) }
  return {
    contract: contractOf(index, kind, monthlyPayCents),
    month: { month: '2026-03', earnings, workedMinutes: 9_600 },
    law: law2026,
    yearToDate: index % 12 === 5 ? NO_EARLIER_MONTHS : { taxableCents: 2 * monthlyPayCents, health: use, pension: use },
    previousYear: {
      law: socialInsurance2025Law,
      additionalRate: 2_500,
      health: { insuredDays: 360, baseCents: 5_000_000 },
      pension: { insuredDays: 360, baseCents: 5_000_000 },
    },
  }
}

function kindOf(index: number): EmploymentKind {
  if (index % 10 === 3) return 'miniJob'
  if (index % 20 === 9) return 'workingStudent'
  return index % 20 === 19 ? 'apprentice' : 'employee'
}

function payOf(index: number, kind: EmploymentKind): number {
  if (kind === 'miniJob') return 20_000 + (index % 400) * 100
  if (kind !== 'employee' || index % 10 === 4) return 80_000 + (index % 1_100) * 100
  return 230_000 + ((index * 7_919) % 800_000)
}

function contractOf(index: number, kind: EmploymentKind, monthlyPayCents: number): Contract {
  const isPrivate = kind === 'employee' && index % 10 === 7
  const statutory: StatutoryHealth = { kind: 'statutory', additionalRate: 2_000 + (index % 20) * 100 }
  return {
    kind,
    startsOn: index % 12 === 5 ? '2026-03-09' : '2021-05-01',
    state: STATES[index % STATES.length] ?? 'NW',
    monthlyPayCents,
    person: {
      birthDate: `${1_960 + (index % 45)}-0${1 + (index % 9)}-1${index % 10}`,
      childBirthDates: ['2012-04-03', '2015-08-20', '2019-01-11'].slice(0, index % 4),
    },
    tax:
      kind === 'miniJob'
        ? { flatTaxPaidBy: 'employer' }
        : {
            taxClass: (1 + (index % 6)) as TaxClass,
            churchMember: index % 2 === 0,
            childAllowanceTenths: (index % 4) * 5,
          },
    health: isPrivate
      ? { kind: 'private', healthPremiumCents: 80_000, carePremiumCents: 9_000, basicPremiumCents: 70_000 }
      : statutory,
    employer: EMPLOYER,
  }
}

/** The second zone of the tariff in both arithmetics: what docs/decisions/0100-payroll-arithmetic.md weighs. */
function arithmeticRatio(): number {
  const inNumbers = (y: number) => {
    const dividend = (91_451 * y + 1_400_000_000) * y
    if (!Number.isSafeInteger(dividend)) throw new RangeError('not exact')
    return Math.trunc(dividend / 10_000_000_000)
  }
  const inBigInt = (y: bigint) => ((91_451n * y + 1_400_000_000n) * y) / 10_000_000_000n
  const times = 2_000_000
  const secondsOf = (work: () => void) => {
    work()
    const began = process.hrtime.bigint()
    work()
    return Number(process.hrtime.bigint() - began)
  }
  let sum = 0
  let sumBig = 0n
  const big = secondsOf(() => {
    for (let n = 0; n < times; n++) sumBig += inBigInt(BigInt(n % 5_451))
  })
  const small = secondsOf(() => {
    for (let n = 0; n < times; n++) sum += inNumbers(n % 5_451)
  })
  if (BigInt(sum) !== sumBig) throw new Error('the two arithmetics disagree')
  return big / small
}

main()
