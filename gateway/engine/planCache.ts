export type CacheCounts = { entries: number; bytes: number; hits: number; misses: number; evictions: number }

export type PlanCache<T> = {
  get(key: string): T | undefined
  /** Keeps a value whose weight in bytes is `bytes`, at the expense of those used longest ago. */
  set(key: string, value: T, bytes: number): void
  delete(key: string): void
  /** What is kept, the most recently used last as far as use is tracked. */
  values(): T[]
  counts(): CacheCounts
}

/** A cache bounded by the bytes of what it holds, not by its number: one client's giants cannot crowd out memory. */
export function createPlanCache<T>(maxBytes: number): PlanCache<T> {
  const entries = new Map<string, { value: T; bytes: number }>()
  const counts: CacheCounts = { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0 }

  const remove = (key: string): void => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    counts.bytes -= entry.bytes
  }

  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) {
        counts.misses += 1
        return undefined
      }
      counts.hits += 1
      // Reordering on every hit would cost more than it saves while nothing has to leave.
      if (counts.bytes > maxBytes / 2) {
        entries.delete(key)
        entries.set(key, entry)
      }
      return entry.value
    },
    set(key, value, bytes) {
      remove(key)
      if (bytes > maxBytes) return
      for (const oldest of entries.keys()) {
        if (counts.bytes + bytes <= maxBytes) break
        remove(oldest)
        counts.evictions += 1
      }
      entries.set(key, { value, bytes })
      counts.bytes += bytes
    },
    delete: remove,
    values: () => [...entries.values()].map(({ value }) => value),
    counts: () => ({ ...counts, entries: entries.size }),
  }
}
