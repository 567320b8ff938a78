/** One input of the Programmablaufplan: its default and what it may be. */
export type PlanField = {
  /** What the plan assumes where the field is missing. */
  readonly default: number
  readonly least: number
  readonly most: number
  /** Decimals the plan allows; none where it counts cents, years or pieces. */
  readonly decimals: number
}

/**
 * The largest amount accepted, in cents: 100 million euros a pay period. Up to here every product of the plan stays an
 * exact whole number, even of a daily wage taken to a year.
 */
const LARGEST_AMOUNT = 10_000_000_000

const AMOUNT: PlanField = { default: 0, least: 0, most: LARGEST_AMOUNT, decimals: 0 }
const FLAG: PlanField = { default: 0, least: 0, most: 1, decimals: 0 }
const YEAR: PlanField = { default: 0, least: 0, most: 9999, decimals: 0 }

/** Every input of the plan for 2026, by its name there. */
export const PLAN_FIELDS = {
  af: { ...FLAG, default: 1 },
  AJAHR: YEAR,
  ALTER1: FLAG,
  ALV: FLAG,
  f: { default: 1, least: 0, most: 1, decimals: 3 },
  JFREIB: AMOUNT,
  JHINZU: AMOUNT,
  JRE4: AMOUNT,
  JRE4ENT: AMOUNT,
  JVBEZ: AMOUNT,
  KRV: FLAG,
  KVZ: { default: 0, least: 0, most: 100, decimals: 2 },
  LZZ: { default: 1, least: 1, most: 4, decimals: 0 },
  LZZFREIB: AMOUNT,
  LZZHINZU: AMOUNT,
  MBV: AMOUNT,
  PKPV: AMOUNT,
  PKPVAGZ: AMOUNT,
  PKV: FLAG,
  PVA: { default: 0, least: 0, most: 4, decimals: 0 },
  PVS: FLAG,
  PVZ: FLAG,
  R: { default: 0, least: 0, most: 99, decimals: 0 },
  RE4: AMOUNT,
  SONSTB: AMOUNT,
  SONSTENT: AMOUNT,
  STERBE: AMOUNT,
  STKL: { default: 1, least: 1, most: 6, decimals: 0 },
  VBEZ: AMOUNT,
  VBEZM: AMOUNT,
  VBEZS: AMOUNT,
  VBS: AMOUNT,
  VJAHR: YEAR,
  ZKF: { default: 0, least: 0, most: 99, decimals: 1 },
  ZMVB: { default: 0, least: 0, most: 12, decimals: 0 },
} as const satisfies Readonly<Record<string, PlanField>>

export type PlanName = keyof typeof PLAN_FIELDS

/** The plan writes `af` and `f` small in its XML and large in its text; both are read. */
const OTHER_SPELLINGS: Readonly<Record<string, PlanName>> = { AF: 'af', F: 'f' }

/** The inputs of one case under the plan's names, complete and in range. */
export type PlanCase = { readonly [Name in PlanName]: number }

/** Why a case cannot be calculated: the field, where one is to blame, and the reason. */
export type PlanMistake = { readonly field: string | null; readonly reason: string }

/** Reads one case, filling what is missing with the plan's defaults; or lists everything that is wrong with it. */
export function readPlanCase(value: unknown): { case: PlanCase } | { mistakes: readonly PlanMistake[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { mistakes: [{ field: null, reason: `must be an object of the plan's inputs, is ${show(value)}` }] }
  const given = new Map<PlanName, number>()
  const mistakes: PlanMistake[] = []
  for (const [field, content] of Object.entries(value)) {
    const name = planNameOf(field)
    const reason = name ? mistakeIn(name, content, given.has(name)) : 'is no input of the plan'
    if (reason) mistakes.push({ field, reason })
    else if (name && typeof content === 'number') given.set(name, content)
  }
  return mistakes.length > 0 ? { mistakes } : { case: completed(given) }
}

function planNameOf(field: string): PlanName | undefined {
  if (Object.hasOwn(OTHER_SPELLINGS, field)) return OTHER_SPELLINGS[field]
  return Object.hasOwn(PLAN_FIELDS, field) ? (field as PlanName) : undefined
}

function mistakeIn(name: PlanName, content: unknown, isTwice: boolean): string | null {
  const { least, most, decimals }: PlanField = PLAN_FIELDS[name]
  if (isTwice) return 'is given twice, in both spellings'
  const isRightNumber = typeof content === 'number' && hasAtMost(decimals, content)
  if (isRightNumber && content >= least && content <= most) return null
  const kind = decimals === 0 ? 'a whole number' : `a number with at most ${decimals} decimals`
  return `must be ${kind} from ${least} to ${most}, is ${show(content)}`
}

function hasAtMost(decimals: number, number: number): boolean {
  const scale = 10 ** decimals
  return Math.round(number * scale) / scale === number
}

function completed(given: ReadonlyMap<PlanName, number>): PlanCase {
  const names = Object.keys(PLAN_FIELDS) as PlanName[]
  return Object.fromEntries(names.map((name) => [name, given.get(name) ?? PLAN_FIELDS[name].default])) as PlanCase
}

function show(content: unknown): string {
  const text = JSON.stringify(content) ?? String(content)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
