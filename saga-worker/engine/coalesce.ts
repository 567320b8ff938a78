import { Fault } from '@steinmetz/kernel/errors'

/**
 * Gathers what is asked for while an earlier batch is under way, and asks for it at once: alone an item goes
 * straight through, under load many share one round trip and one commit. `run` gives the answers by key;
 * an item without one gets null. A batch that fails is tried item by item, so that one bad item fails alone;
 * not so when nobody answers (a Fault), which would only be asked again and again. Items of one key never
 * share a batch.
 */
export function coalesce<Item, Answer>(
  run: (batch: readonly Item[]) => Promise<ReadonlyMap<string, Answer>>,
  keyOf: (item: Item) => string,
  { batches = 2, size = 200 }: { batches?: number; size?: number } = {},
): (item: Item) => Promise<Answer | null> {
  type Waiting = { item: Item; resolve(answer: Answer | null): void; reject(error: unknown): void }
  const waiting: Waiting[] = []
  let running = 0

  function take(): Waiting[] {
    const keys = new Set<string>()
    const batch: Waiting[] = []
    for (let i = 0; i < waiting.length && batch.length < size; ) {
      const one = waiting[i] as Waiting
      const key = keyOf(one.item)
      if (keys.has(key)) i++
      else {
        keys.add(key)
        batch.push(one)
        waiting.splice(i, 1)
      }
    }
    return batch
  }

  async function answer(batch: Waiting[]): Promise<void> {
    try {
      const answers = await run(batch.map(({ item }) => item))
      for (const { item, resolve } of batch) resolve(answers.get(keyOf(item)) ?? null)
    } catch (error) {
      if (batch.length === 1 || error instanceof Fault) for (const { reject } of batch) reject(error)
      else for (const one of batch) await answer([one])
    }
  }

  function next(): void {
    while (running < batches && waiting.length > 0) {
      running++
      answer(take()).finally(() => {
        running--
        next()
      })
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      next()
    })
}
