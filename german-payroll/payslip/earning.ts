/**
 * - `regular`: pay for the work of this month
 * - `oneOff`: pay for no single month, such as a thirteenth salary (§ 23a SGB IV, sonstiger Bezug)
 * - `exempt`: free of tax and contributions, such as refunded travel costs
 */
export type EarningKind = 'regular' | 'oneOff' | 'exempt'

export type Earning = { readonly name: string; readonly kind: EarningKind; readonly cents: number }
