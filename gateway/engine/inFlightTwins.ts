/** Joins calls with equal keys while the first of them is under way. */
export function inFlightTwins(): <T>(key: string, call: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<unknown>>()
  return <T>(key: string, call: () => Promise<T>): Promise<T> => {
    const twin = underWay.get(key)
    // Equal keys come with calls of one kind, so the answer is of the caller's type.
    if (twin) return twin as Promise<T>
    const started = call().finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }
}
