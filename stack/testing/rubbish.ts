import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'

/** Stands in a generated value for the id of a thing that is there; `withIds` puts one in. */
type Existing = { readonly existing: string; readonly nth: number }

type Given = fc.Arbitrary<unknown>

/** Texts as nobody expects them: of every length, script and direction, and such as are none. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  // Blank, invisible, impossible, and half a character.
  fc.constantFrom('', ' ', '\t', '\r\n', '\0', 'a\0b', '\ud83d', '\udc00a', 'a\ud800', '\ufffd', '\ufeff', '\u200b'),
  // Another direction, families of emoji, marks stacked upon marks.
  fc.constantFrom(
    '\u202eTXT.exe',
    '\u200f\u0634\u0631',
    '\u{1f469}\u200d\u{1f467}',
    '\u{1f1e9}\u{1f1ea}',
    'e\u0301\u0302\u0303',
  ),
  fc.constantFrom(
    "'; drop table x; --",
    '%_\\',
    '../../etc/passwd',
    '=1+1',
    '<script>',
    '{"$ne":1}',
    '\\u0000',
    '{{7*7}}',
  ),
  fc.constantFrom('null', 'undefined', 'NaN', '-0', '1e999', '[]', '\u017f', '\u0130', '\ufb03', 'ß'.repeat(100)),
  fc.constantFrom(101, 10_000, 300_000, 900_000).map((length) => 'x'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
)

const numbers: Given = fc.oneof(
  fc.constantFrom(0, -1, 1, 2_147_483_647, -2_147_483_648, 2_147_483_648, 1e308, -1e308, 5e-324, -0, 0.001, 38.333),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

const days: Given = fc.oneof(
  fc.constantFrom('2026-02-29', '0000-00-00', '0000-01-01', '0001-01-01', '9999-12-31', '10000-01-01', '-0001-01-01'),
  fc.constantFrom('28.02.2026', '2026-2-1', 'infinity', 'now', 'today', '2026-11-23T00:00:00Z', '１９８８-01-01'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
)

const moments: Given = fc.oneof(
  fc.constantFrom('2026-11-23', '2026-11-23T25:00:00Z', '9999-12-31T23:59:59-14:00', '0000-01-01T00:00:00Z', 'epoch'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
)

const amounts: Given = fc.oneof(
  fc.constantFrom(0, -1, '99999999999999999', '-99999999999999999', '100000000000000000', '9'.repeat(40), 1.5, '1,5'),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
)

const anyOfThese: Given = fc.oneof(
  anyText,
  numbers,
  days,
  moments,
  amounts,
  fc.constantFrom(null, true, [], {}, [null]),
)

const rubbish: Readonly<Record<string, Given>> = {
  String: anyText,
  ID: fc.oneof(
    anyText,
    fc.uuid(),
    fc.uuid().map((id) => `{${id}}`),
    fc.integer(),
  ),
  Int: numbers,
  Float: numbers,
  Boolean: fc.constantFrom('true', 0, 1, ''),
  Date: days,
  DateTime: moments,
  Cents: amounts,
  Micros: amounts,
}

const existing = (name: string): Given => fc.nat(1_000).map((nth): Existing => ({ existing: name, nth }))

const rosterHead =
  'personnel_number;first_name;last_name;birth_date;department;position;starts_on;weekly_hours;monthly_gross_eur'

// What people do put in: a field of one of these names gets such a value, so that commands are reached behind the door.
const sensible: Readonly<Record<string, Given>> = {
  idempotencyKey: fc.uuid(),
  email: fc.constant('joerg@example.de'),
  policy: fc.constant('employment-contract'),
  subjectType: fc.constant('Employee'),
  contentHash: fc.oneof(existing('contentHash'), fc.constant('a'.repeat(64))),
  birthDate: fc.constant('1988-02-29'),
  endsOn: fc.constantFrom('2028-12-31', null),
  expectedVersion: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom(1, 1, 0, 2).map((nth): Existing => ({ existing: 'expectedVersion', nth })),
    },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 2, 3) },
  ),
  weeklyHours: fc.constantFrom(38.5, 40),
  taxClass: fc.integer({ min: 1, max: 6 }),
  taxId: fc.constant('86095742719'),
  childAllowances: fc.constantFrom(0, 1.5),
  iban: fc.constant('DE02120300000000202051'),
  vatId: fc.constantFrom(null, null, 'DE136695976'),
  taxNumber: fc.constant('143/123/45678'),
  bankReference: fc.uuid(),
  country: fc.constant('DE'),
  postalCode: fc.constant('80331'),
  unitCode: fc.constant('C62'),
  series: fc.constantFrom('RE', 'ST'),
  customerNumber: fc.nat(999_999).map((nth) => `K-${nth}`),
  servedFrom: fc.constant('2024-01-01'),
  servedTo: fc.constant('2024-01-31'),
  receivedOn: fc.constant('2024-02-15'),
  refundedOn: fc.constant('2024-02-16'),
  round: fc.constantFrom(1, 1, 1, 2),
  attestation: fc.constant('signed by nobody'),
  reason: fc.constant('APPROVAL_REJECTED'),
  csv: fc.oneof(
    fc.constant(null),
    fc.array(anyText, { maxLength: 5 }).map((rows) => [rosterHead, ...rows].join('\n')),
  ),
  content: fc.oneof(fc.constant(null), fc.base64String({ maxLength: 2_000 })),
  personnelNumber: fc.nat(999_999).map((nth) => `P-${nth}`),
  name: fc.nat(999_999).map((nth) => `Abteilung ${nth}`),
  // Left out, a payment settles what is open; empty, nothing yet. Only a third names what it settles.
  allocations: fc.constantFrom(undefined, []),
}

const sensibleOfType: Readonly<Record<string, Given>> = {
  String: fc.constantFrom('Weiß', 'Grün & Söhne'),
  Int: fc.integer({ min: 1, max: 30 }),
  Float: fc.constantFrom(1, 2.5),
  Boolean: fc.boolean(),
  Date: fc.constantFrom('2027-01-01', '2027-01-15'),
  DateTime: fc.constant('2026-11-23T08:15:00Z'),
  Cents: fc.constantFrom(345_000, 1_999, '250000'),
  Micros: fc.constantFrom(19_990_000, '5000'),
  // What asks least of the rest: a person has no VAT id, and a line that is not taxed a reason.
  CustomerKind: fc.constantFrom('COMPANY', 'COMPANY', 'COMPANY', 'PERSON'),
  VatCategory: fc.constantFrom(
    'STANDARD',
    'STANDARD',
    'STANDARD',
    'STANDARD',
    'REDUCED',
    'REDUCED',
    'ZERO',
    'REVERSE_CHARGE',
  ),
}

/**
 * Arguments as people, programs and attackers give them: of the right types, mostly, and in each run as much
 * rubbish among them as `chance` says, from 0 (all is sensible) to 1.
 */
export function argumentsOf(args: readonly (GraphQLArgument | GraphQLInputField)[], chance: number): Given {
  return fc.record(Object.fromEntries(args.map((one) => [one.name, partOf(one.name, one.type, chance)])))
}

function partOf(name: string, type: GraphQLInputType, chance: number): Given {
  const wrong = Math.round(chance * 100)
  if (!isNonNullType(type))
    return fc.oneof(
      { weight: 80, arbitrary: given(name, type, chance) },
      { weight: 10, arbitrary: fc.constantFrom(null, undefined) },
    )
  const value = given(name, type.ofType, chance)
  return fc.oneof({ weight: 1000, arbitrary: value }, { weight: wrong, arbitrary: fc.constantFrom(null, undefined) })
}

function given(name: string, type: GraphQLInputType, chance: number): Given {
  const wrong = Math.round(chance * 100)
  const often = (right: Given, instead: Given) =>
    fc.oneof({ weight: 100 - wrong, arbitrary: right }, { weight: wrong, arbitrary: instead })
  if (isNonNullType(type)) return given(name, type.ofType, chance)
  if (isListType(type)) {
    const item = partOf(name, type.ofType, chance)
    return fc.oneof(
      { weight: 30, arbitrary: fc.array(item, { minLength: 1, maxLength: 4 }) },
      { weight: sensible[name] ? 60 : 0, arbitrary: sensible[name] ?? fc.constant([]) },
      { weight: wrong, arbitrary: fc.constantFrom([], {}, '') },
    )
  }
  if (isInputObjectType(type)) return argumentsOf(Object.values(type.getFields()), chance)
  if (isEnumType(type))
    return often(sensibleOfType[type.name] ?? fc.constantFrom(...namesOf(type)), fc.constant('NONE'))
  const anything = fc.oneof(
    { weight: 4, arbitrary: rubbish[type.name] ?? anyOfThese },
    { weight: 1, arbitrary: anyOfThese },
  )
  const right = sensible[name] ?? (type.name === 'ID' ? existing(name) : sensibleOfType[type.name]) ?? anyOfThese
  return often(right, anything)
}

const namesOf = (type: GraphQLEnumType) => type.getValues().map(({ name }) => name)

/**
 * Puts ids where generated values ask for one, `departmentId` say; `nth` tells several of a name apart. A version that is
 * expected is that of what is named beside it, where something is.
 */
export function withIds(
  value: unknown,
  idOf: (name: string, nth: number) => string,
  versionOf: (id: unknown) => number | undefined = () => undefined,
): unknown {
  if (Array.isArray(value)) return value.map((part) => withIds(part, idOf, versionOf))
  if (typeof value !== 'object' || value === null) return value
  if ('existing' in value) return idOf((value as Existing).existing, (value as Existing).nth)
  const given: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value)) if (!isVersion(part)) given[name] = withIds(part, idOf, versionOf)
  const versions = Object.values(given).flatMap((id) => versionOf(id) ?? [])
  for (const [name, part] of Object.entries(value)) if (isVersion(part)) given[name] = versions[0] ?? part.nth
  return given
}

const isVersion = (part: unknown): part is Existing =>
  typeof part === 'object' && part !== null && 'existing' in part && part.existing === 'expectedVersion'

/** The ids among these whose type a name names: for `departmentId` and `departmentIds` those of a Department. */
export function idsNamed(name: string, known: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const wanted = name.replace(/Ids?$/, '').toLowerCase()
  const type = [...known.keys()].find((one) => one.toLowerCase().endsWith(wanted))
  return (type && known.get(type)) || []
}
