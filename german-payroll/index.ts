export { percent, type Rate } from './arithmetic.ts'
export type {
  Contract,
  Employer,
  EmploymentKind,
  FederalState,
  FlatTax,
  IsoDate,
  Person,
  PrivateHealth,
  StatutoryHealth,
  TaxCard,
} from './contract.ts'
export { InputError } from './inputError.ts'
export type { Figure } from './parameters/figures.ts'
export {
  type Law,
  law2026,
  type SocialInsuranceLaw,
  socialInsurance2025Law,
  type WageTaxLaw,
} from './parameters/law.ts'
export { churchTaxCents, churchTaxRate } from './payslip/churchTax.ts'
export type { Earning, EarningKind } from './payslip/earning.ts'
export { fundStatement, type StatementLine } from './payslip/fundStatement.ts'
export type { PayMonth, PayslipInput } from './payslip/input.ts'
export type { LineSide, PayslipLine } from './payslip/lines.ts'
export type { Notice } from './payslip/notices.ts'
export { payslip } from './payslip/payslip.ts'
export type { Payslip } from './payslip/result.ts'
export { NO_EARLIER_MONTHS, type YearToDate } from './payslip/yearToDate.ts'
export type { YearUse } from './social-insurance/assessment.ts'
export type { Branch, Contribution } from './social-insurance/contributions.ts'
export type { PreviousYear } from './social-insurance/marchRule.ts'
export type {
  PayPeriod,
  PensionInput,
  ProvisionInput,
  TaxClass,
  TreatyFigures,
  WageTaxInput,
  WageTaxResult,
} from './wage-tax/input.ts'
export { wageTax } from './wage-tax/wageTax.ts'
