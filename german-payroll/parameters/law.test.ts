import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Figure } from './figures.ts'
import { law2026, socialInsurance2025Law, socialInsuranceLaw } from './law.ts'
import { reliefCohort } from './reliefCohort.ts'
import { socialInsurance2025, socialInsurance2026 } from './socialInsurance.ts'
import { wageTax2026 } from './wageTax2026.ts'

describe('what the law derives from its figures', () => {
  it('is the mini-job limit: ten hours a week at the minimum wage, in whole euros', () => {
    const of2027 = {
      ...socialInsurance2026,
      minimumWageCents: { ...socialInsurance2026.minimumWageCents, value: 1_460 },
    }
    const limits = [socialInsurance2025Law, law2026, socialInsuranceLaw(2027, of2027)]
    expect(limits.map(({ miniJobLimitCents }) => miniJobLimitCents)).toEqual([55_600, 60_300, 63_300])
  })

  it('is the factor F as it was announced: 0.6683 for 2025, 0.6619 for 2026', () => {
    expect([socialInsurance2025Law, law2026].map(({ transitionFactor }) => transitionFactor)).toEqual([6_683, 6_619])
  })

  it('is the monthly ceilings', () => {
    expect([law2026.pensionCeilingMonthCents, law2026.healthCeilingMonthCents]).toEqual([845_000, 581_250])
  })
})

describe('the relief of a cohort', () => {
  it.each([
    [1999, 400, 3_000, 900, 1_900],
    [2006, 384, 2_880, 864, 1_824],
    [2020, 160, 1_200, 360, 760],
    [2021, 152, 1_140, 342, 722],
    [2022, 144, 1_080, 324, 684],
    [2023, 140, 1_050, 315, 665],
    [2026, 128, 960, 288, 608],
    [2057, 4, 30, 9, 19],
    [2058, 0, 0, 0, 0],
    [2070, 0, 0, 0, 0],
  ])('of %d is the table’s', (year, shareThousandths, relief, supplement, ageRelief) => {
    expect(reliefCohort(year)).toEqual({
      shareThousandths,
      pensionReliefMaxEuros: relief,
      pensionSupplementEuros: supplement,
      ageReliefMaxEuros: ageRelief,
    })
  })
})

describe('docs/payroll.md', () => {
  const page = readFileSync(`${import.meta.dirname}/../../docs/payroll.md`, 'utf8')
  const tables = { ...socialInsurance2026, ...wageTax2026 }
  const changed = Object.entries(socialInsurance2025).filter(
    ([name, figure]) => figure.value !== socialInsurance2026[name as keyof typeof socialInsurance2026].value,
  )

  it.each(Object.entries(tables))('has the row of %s', (name, figure) => {
    expect(page).toContain(rowOf(name, figure))
  })

  it.each(changed)('has the row of %s in 2025', (name, figure) => {
    expect(page).toContain(rowOf(name, figure))
  })
})

function rowOf(name: string, figure: Figure): string {
  return `| \`${name}\` | ${written(figure)} | ${figure.since} | ${figure.source} |`
}

function written({ value, unit }: Figure): string {
  const number = (amount: number) => amount.toLocaleString('en', { maximumFractionDigits: 2 })
  if (unit === 'percent') return `${value / 1_000} %`
  if (unit === 'hundredths') return number(value / 100)
  return `${number(unit === 'cents' ? value / 100 : value)} €`
}
