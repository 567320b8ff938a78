/**
 * Remembers what verified tokens said, or tokens by what they say, each until a time of its own. Holds at most `size`:
 * the one remembered first goes first. Times are seconds since the epoch, as in a token.
 */
export function cacheOfTokens<Said>({ size }: { size: number }) {
  const entries = new Map<string, { said: Said; until: number }>()
  return {
    get(token: string, seconds: number): Said | undefined {
      const entry = entries.get(token)
      if (!entry) return undefined
      if (entry.until > seconds) return entry.said
      entries.delete(token)
      return undefined
    },
    set(token: string, said: Said, until: number): void {
      const [oldest] = entries.keys()
      if (entries.size >= size && oldest !== undefined) entries.delete(oldest)
      entries.set(token, { said, until })
    },
  }
}
