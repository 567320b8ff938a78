import { atLeast, type Kind, kinds } from './kinds.ts'

/** How often each kind of fault was injected. */
export type Tally = {
  count(kind: Kind): void
  of(kind: Kind): number
  /** Of these kinds there were fewer than a run must have. */
  tooFew(): readonly Kind[]
}

/** `impossible` are kinds that this machine cannot have. */
export function createTally(impossible: readonly Kind[]): Tally {
  const counts = new Map<Kind, number>()
  const of = (kind: Kind) => counts.get(kind) ?? 0
  return {
    count: (kind) => void counts.set(kind, of(kind) + 1),
    of,
    tooFew: () => kinds.filter((kind) => !impossible.includes(kind) && of(kind) < atLeast),
  }
}
