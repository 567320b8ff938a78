/** So many pieces of work at once, and no more; the others wait, first come, first served. */
export type Slots = {
  /** Does the work as soon as a slot is free. */
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Does at once what cannot wait, be a slot free or not. It counts as the others do: they wait the longer. */
  runNow<Result>(work: () => Promise<Result>): Promise<Result>
  /** How much is under way or waits. */
  taken(): number
  /** Resolves when nothing is under way and nothing waits. */
  idle(): Promise<void>
}

export function createSlots(count: number): Slots {
  const underWay = new Set<Promise<unknown>>()
  const waiting: (() => void)[] = []
  let free = count

  async function inSlot<Result>(work: () => Promise<Result>, waits: boolean): Promise<Result> {
    if (free > 0 || !waits) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      // A slot is handed on, never put back first: whoever comes just now must not overtake who waits.
      const next = free < 0 ? undefined : waiting.shift()
      if (next) next()
      else free++
    }
  }

  function tracked<Result>(running: Promise<Result>): Promise<Result> {
    const settled = running.catch(() => {}).finally(() => underWay.delete(settled))
    underWay.add(settled)
    return running
  }

  return {
    run: (work) => tracked(inSlot(work, true)),
    runNow: (work) => tracked(inSlot(work, false)),
    taken: () => underWay.size,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
