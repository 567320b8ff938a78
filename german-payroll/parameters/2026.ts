import { euros, type Figure, hundredths, inCents, rate } from './figures.ts'

const IN_2026 = '2026-01-01'
const LIMITS = 'SV-Rechengrößenverordnung 2026 of 24 November 2025 (BGBl. 2025 I Nr. 278)'

/** Social insurance in 2026. Each figure stands once; what follows from others is derived in `law.ts`. */
export const socialInsurance2026 = {
  pensionCeilingYearCents: inCents(101_400, IN_2026, `§ 159 SGB VI, § 341 Abs. 4 SGB III; ${LIMITS}`),
  healthCeilingYearCents: inCents(69_750, IN_2026, `§ 223 Abs. 3 with § 6 Abs. 7 SGB V, § 55 Abs. 2 SGB XI; ${LIMITS}`),
  insuranceLimitYearCents: inCents(77_400, IN_2026, `§ 6 Abs. 6 SGB V; ${LIMITS}`),

  healthRate: rate(14.6, '2015-01-01', '§ 241 SGB V'),
  healthReducedRate: rate(14.0, '2015-01-01', '§ 243 SGB V'),
  averageAdditionalRate: rate(2.9, IN_2026, '§ 242a SGB V; announcement of the Federal Ministry of Health'),

  careRate: rate(3.6, '2025-01-01', '§ 55 Abs. 1 SGB XI; Pflege-Beitragssatz-Anpassungsverordnung 2025'),
  careChildlessRate: rate(0.6, '2023-07-01', '§ 55 Abs. 3 Satz 1 SGB XI'),
  careChildDiscountRate: rate(0.25, '2023-07-01', '§ 55 Abs. 3 Satz 4 SGB XI'),
  careSaxonyShiftRate: rate(0.5, '1995-01-01', '§ 58 Abs. 3 SGB XI: the employee alone bears one point of the rate'),

  pensionRate: rate(18.6, '2018-01-01', '§ 158 SGB VI'),
  unemploymentRate: rate(2.6, '2023-01-01', '§ 341 Abs. 2 SGB III'),
  insolvencyRate: rate(0.15, '2025-01-01', '§ 360 SGB III'),

  miniJobHealthRate: rate(13, '2006-07-01', '§ 249b Satz 1 SGB V'),
  miniJobPensionRate: rate(15, '2006-07-01', '§ 168 Abs. 1 Nr. 1b and § 172 Abs. 3 SGB VI'),
  miniJobPensionBaseCents: inCents(175, '2013-01-01', '§ 163 Abs. 8 SGB VI'),
  miniJobTaxRate: rate(2, '2003-04-01', '§ 40a Abs. 2 EStG'),
  transitionLimitCents: inCents(2_000, '2023-01-01', '§ 20 Abs. 2 SGB IV'),
  transitionNumeratorRate: rate(28, '2022-10-01', '§ 20 Abs. 2a SGB IV: numerator of the factor F'),
  apprenticeLimitCents: inCents(325, '2003-08-01', '§ 20 Abs. 3 Satz 1 Nr. 1 SGB IV'),

  minimumWageCents: inCents(13.9, IN_2026, '§ 1 Abs. 2 MiLoG; Fünfte Mindestlohnanpassungsverordnung'),
} as const satisfies Readonly<Record<string, Figure>>

/** Wage tax in 2026: what the Programmablaufplan sets in MPARA and writes into its other methods. */
export const wageTax2026 = {
  basicAllowanceEuros: euros(12_348, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 1 EStG (GFB)'),
  zone2EndEuros: euros(17_799, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 2 EStG'),
  zone2Square: hundredths(914.51, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 2 EStG'),
  zone2Linear: hundredths(1_400, '2009-01-01', '§ 32a Abs. 1 Satz 2 Nr. 2 EStG'),
  zone3EndEuros: euros(69_878, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 3 EStG'),
  zone3Square: hundredths(173.1, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 3 EStG'),
  zone3Linear: hundredths(2_397, '2009-01-01', '§ 32a Abs. 1 Satz 2 Nr. 3 EStG'),
  zone3ConstantCents: inCents(1_034.87, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 3 EStG'),
  zone4EndEuros: euros(277_825, '2022-01-01', '§ 32a Abs. 1 Satz 2 Nr. 4 EStG'),
  zone4Rate: rate(42, '2005-01-01', '§ 32a Abs. 1 Satz 2 Nr. 4 EStG'),
  zone4DeductionCents: inCents(11_135.63, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 4 EStG'),
  zone5Rate: rate(45, '2007-01-01', '§ 32a Abs. 1 Satz 2 Nr. 5 EStG'),
  zone5DeductionCents: inCents(19_470.38, IN_2026, '§ 32a Abs. 1 Satz 2 Nr. 5 EStG'),

  classFiveLimit1Euros: euros(14_071, IN_2026, '§ 39b Abs. 2 Satz 7 EStG (W1STKL5)'),
  classFiveLimit2Euros: euros(34_939, IN_2026, '§ 39b Abs. 2 Satz 7 EStG (W2STKL5)'),
  classFiveLimit3Euros: euros(222_260, IN_2026, '§ 39b Abs. 2 Satz 7 EStG (W3STKL5)'),
  classFiveMinimumRate: rate(14, '2009-01-01', '§ 39b Abs. 2 Satz 7 EStG'),

  employeeAllowanceEuros: euros(1_230, '2023-01-01', '§ 9a Satz 1 Nr. 1 Buchst. a EStG'),
  pensionerAllowanceEuros: euros(102, '2005-01-01', '§ 9a Satz 1 Nr. 1 Buchst. b EStG'),
  specialExpensesEuros: euros(36, '2005-01-01', '§ 10c EStG (SAP)'),
  singleParentEuros: euros(4_260, '2023-01-01', '§ 24b Abs. 2 Satz 1 EStG (EFA)'),
  childAllowanceEuros: euros(9_756, IN_2026, '§ 32 Abs. 6 EStG: 2 × (3,414 + 1,464)'),
  provisionMaximumEuros: euros(1_900, IN_2026, '§ 39b Abs. 2 Satz 5 Nr. 3 Buchst. e EStG'),

  solidarityFreeEuros: euros(20_350, IN_2026, '§ 3 Abs. 3 SolZG (SOLZFREI)'),
  solidarityRate: rate(5.5, '1998-01-01', '§ 4 Satz 1 SolZG'),
  solidarityMitigationRate: rate(11.9, '2021-01-01', '§ 4 Satz 2 SolZG'),
} as const satisfies Readonly<Record<string, Figure>>
