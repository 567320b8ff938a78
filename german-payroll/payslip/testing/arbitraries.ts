import fc from 'fast-check'
import type { Contract, EmploymentKind, FederalState } from '../../contract.ts'
import type { TaxClass } from '../../wage-tax/input.ts'
import { employee } from './contracts.ts'

const kinds: readonly EmploymentKind[] = ['employee', 'employee', 'employee', 'apprentice', 'workingStudent', 'miniJob']
const states: readonly FederalState[] = ['NW', 'BY', 'SN', 'BE', 'BW']

const children = fc.array(fc.constantFrom('1995-02-01', '2002-11-30', '2015-06-01', '2020-01-31'), { maxLength: 6 })

const health = fc.oneof(
  fc.record({ kind: fc.constant('statutory' as const), additionalRate: fc.constantFrom(0, 2_180, 2_450, 2_900) }),
  fc.record({
    kind: fc.constant('private' as const),
    healthPremiumCents: fc.integer({ min: 0, max: 150_000 }),
    carePremiumCents: fc.integer({ min: 0, max: 20_000 }),
    basicPremiumCents: fc.integer({ min: 0, max: 150_000 }),
    exempted: fc.constant(true),
  }),
)

const taxCard = fc.record({
  taxClass: fc.constantFrom<TaxClass>(1, 2, 3, 4, 5, 6),
  churchMember: fc.boolean(),
  childAllowanceTenths: fc.constantFrom(0, 5, 10, 25),
  monthlyAllowanceCents: fc.constantFrom(0, 0, 12_300),
})

/** A contract of any kind at a pay that its kind may have. */
export const anyContract: fc.Arbitrary<Contract> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    state: fc.constantFrom(...states),
    birthDate: fc.constantFrom('1948-03-01', '1961-09-17', '1985-12-31', '1999-02-28', '2004-05-02'),
    childBirthDates: children,
    fullOldAgePension: fc.boolean(),
    health,
    card: taxCard,
    isOptedOut: fc.boolean(),
    position: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ kind, state, birthDate, childBirthDates, fullOldAgePension, health, card, isOptedOut, position }) => ({
    ...employee,
    kind,
    state,
    monthlyPayCents: payAt(kind, position),
    person: { birthDate, childBirthDates, fullOldAgePension },
    health,
    tax: kind === 'miniJob' && isOptedOut ? { flatTaxPaidBy: 'employee' as const } : card,
    ...(kind === 'miniJob' && isOptedOut ? { pensionChoice: 'optedOut' as const } : {}),
  }))

/** Half of all pay in the transition zone, half above it. */
function payAt(kind: EmploymentKind, position: number): number {
  if (kind === 'miniJob') return Math.round(position * 60_300)
  return position < 0.5
    ? 60_301 + Math.round(position * 2 * 140_000)
    : 200_000 + Math.round((position - 0.5) * 2_800_000)
}
