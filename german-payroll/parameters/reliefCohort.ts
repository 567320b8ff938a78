/** What a person may keep untaxed, fixed for life by the year in which the pension began or the age was reached. */
export type ReliefCohort = {
  /** Part of the amount that stays untaxed, in thousandths: TAB1 and TAB4. */
  readonly shareThousandths: number
  /** Most of a pension that stays untaxed in a year (Versorgungsfreibetrag), in euros: TAB2. */
  readonly pensionReliefMaxEuros: number
  /** Supplement to it (Zuschlag zum Versorgungsfreibetrag), in euros: TAB3. */
  readonly pensionSupplementEuros: number
  /** Most of other wages that stays untaxed in a year (Altersentlastungsbetrag), in euros: TAB5. */
  readonly ageReliefMaxEuros: number
}

const FIRST_YEAR = 2005
const LAST_YEAR = 2058

/**
 * The relief of a cohort, by year of the first pension payment (VJAHR, § 19 Abs. 2 EStG) or by the year after the
 * 64th birthday (AJAHR, § 24a EStG). Years before 2006 count as 2005, years from 2058 on as 2058 (J and K).
 *
 * Both laws print the same falling shares; every maximum in their tables is the 2005 figure in proportion to the share.
 */
export function reliefCohort(year: number): ReliefCohort {
  const cohort = COHORTS[Math.min(Math.max(year, FIRST_YEAR), LAST_YEAR) - FIRST_YEAR]
  if (!cohort) throw new RangeError(`no relief cohort for the year ${year}`)
  return cohort
}

const COHORTS: readonly ReliefCohort[] = Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, index) => {
  const share = shareThousandths(FIRST_YEAR + index)
  return {
    shareThousandths: share,
    pensionReliefMaxEuros: (3_000 * share) / 400,
    pensionSupplementEuros: (900 * share) / 400,
    ageReliefMaxEuros: (1_900 * share) / 400,
  }
})

/** 40 % in 2005, falling by 1.6 points a year to 16 %, by 0.8 to 14.4 %, and since 2023 by 0.4 (Wachstumschancengesetz). */
function shareThousandths(year: number): number {
  if (year <= 2020) return 400 - 16 * (year - 2005)
  if (year <= 2022) return 160 - 8 * (year - 2020)
  return 140 - 4 * (year - 2023)
}
