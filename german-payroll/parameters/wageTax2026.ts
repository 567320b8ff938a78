import { euros, type Figure, hundredths, inCents, rate } from './figures.ts'

const IN_2026 = '2026-01-01'

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
  specialExpensesEuros: euros(36, '2002-01-01', '§ 10c EStG (SAP)'),
  singleParentEuros: euros(4_260, '2023-01-01', '§ 24b Abs. 2 Satz 1 EStG (EFA)'),
  childAllowanceEuros: euros(9_756, IN_2026, '§ 32 Abs. 6 EStG: 2 × (3,414 + 1,464), for both parents'),
  provisionMaximumEuros: euros(1_900, IN_2026, '§ 39b Abs. 2 Satz 5 Nr. 3 Buchst. e EStG'),

  solidarityFreeEuros: euros(20_350, IN_2026, '§ 3 Abs. 3 SolZG (SOLZFREI)'),
  solidarityRate: rate(5.5, '1998-01-01', '§ 4 Satz 1 SolZG'),
  solidarityMitigationRate: rate(11.9, '2021-01-01', '§ 4 Satz 2 SolZG'),
} as const satisfies Readonly<Record<string, Figure>>
