import { type Figure, inCents, rate } from './figures.ts'

/** What has not changed since 2025. A figure that changes moves into the tables of the years. */
const UNCHANGED = {
  healthRate: rate(14.6, '2015-01-01', '§ 241 SGB V'),
  healthReducedRate: rate(14.0, '2015-01-01', '§ 243 SGB V'),

  careRate: rate(
    3.6,
    '2025-01-01',
    '§ 55 Abs. 1 SGB XI; Pflege-Beitragssatz-Anpassungsverordnung 2025 (BGBl. 2024 I Nr. 446)',
  ),
  careChildlessRate: rate(0.6, '2023-07-01', '§ 55 Abs. 3 Satz 1 SGB XI'),
  careChildDiscountRate: rate(0.25, '2023-07-01', '§ 55 Abs. 3 Satz 4 SGB XI'),
  careSaxonyShiftRate: rate(0.5, '1996-07-01', '§ 58 Abs. 3 SGB XI: the employee alone bears one point of the rate'),

  pensionRate: rate(18.6, '2018-01-01', '§ 158 SGB VI'),
  unemploymentRate: rate(2.6, '2023-01-01', '§ 341 Abs. 2 SGB III'),
  insolvencyRate: rate(0.15, '2025-01-01', '§ 360 SGB III; no ordinance under § 361 SGB III'),

  miniJobHealthRate: rate(13, '2006-07-01', '§ 249b Satz 1 SGB V'),
  miniJobPensionRate: rate(15, '2006-07-01', '§ 168 Abs. 1 Nr. 1b, § 172 Abs. 3 SGB VI'),
  miniJobPensionBaseCents: inCents(175, '2013-01-01', '§ 163 Abs. 8 SGB VI'),
  miniJobTaxRate: rate(2, '2003-04-01', '§ 40a Abs. 2 EStG'),
  transitionLimitCents: inCents(2_000, '2023-01-01', '§ 20 Abs. 2 SGB IV'),
  transitionNumeratorRate: rate(28, '2022-10-01', '§ 20 Abs. 2a Satz 2 SGB IV: numerator of the factor F'),
  apprenticeLimitCents: inCents(325, '2003-08-01', '§ 20 Abs. 3 Satz 1 Nr. 1 SGB IV'),
} as const satisfies Readonly<Record<string, Figure>>

const LIMITS_2025 = 'Sozialversicherungsrechengrößen-Verordnung 2025'

/** Social insurance in 2025, which the March rule of 2026 goes back to. */
export const socialInsurance2025 = {
  ...UNCHANGED,
  pensionCeilingYearCents: inCents(96_600, '2025-01-01', `§ 159 SGB VI, § 341 Abs. 4 SGB III; ${LIMITS_2025}`),
  healthCeilingYearCents: inCents(
    66_150,
    '2025-01-01',
    `§ 223 Abs. 3 with § 6 Abs. 7 SGB V, § 55 Abs. 2 SGB XI; ${LIMITS_2025}`,
  ),
  insuranceLimitYearCents: inCents(73_800, '2025-01-01', `§ 6 Abs. 6 SGB V; ${LIMITS_2025}`),
  averageAdditionalRate: rate(2.5, '2025-01-01', '§ 242a SGB V; announcement of the Federal Ministry of Health'),
  minimumWageCents: inCents(12.82, '2025-01-01', '§ 1 Abs. 2 MiLoG; Vierte Mindestlohnanpassungsverordnung'),
} as const satisfies Readonly<Record<string, Figure>>

const LIMITS_2026 = 'Sozialversicherungsrechengrößen-Verordnung 2026 (BGBl. 2025 I Nr. 278)'

/** Social insurance in 2026. */
export const socialInsurance2026 = {
  ...UNCHANGED,
  pensionCeilingYearCents: inCents(101_400, '2026-01-01', `§ 159 SGB VI, § 341 Abs. 4 SGB III; ${LIMITS_2026}`),
  healthCeilingYearCents: inCents(
    69_750,
    '2026-01-01',
    `§ 223 Abs. 3 with § 6 Abs. 7 SGB V, § 55 Abs. 2 SGB XI; ${LIMITS_2026}`,
  ),
  insuranceLimitYearCents: inCents(77_400, '2026-01-01', `§ 6 Abs. 6 SGB V; ${LIMITS_2026}`),
  averageAdditionalRate: rate(2.9, '2026-01-01', '§ 242a SGB V; announcement of the Federal Ministry of Health'),
  minimumWageCents: inCents(
    13.9,
    '2026-01-01',
    '§ 1 Abs. 2 MiLoG; Fünfte Mindestlohnanpassungsverordnung (BGBl. 2025 I Nr. 268)',
  ),
} as const satisfies Readonly<Record<keyof typeof socialInsurance2025, Figure>>
