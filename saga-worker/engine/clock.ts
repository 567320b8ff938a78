/** A clock that goes by the database: where a machine's own is wrong, what it signs would be void. */
export type Clock = {
  now(): Date
  /** Reads the database's time anew. Before the first reading there is no time. */
  adjust(): Promise<void>
}

/**
 * Reads the database's time now and then, and goes on from there by a clock that nobody sets: `elapsedMs`
 * only counts. It is behind by at most the time a reading takes.
 */
export function databaseClock(read: () => Promise<number>, elapsedMs = () => performance.now()): Clock {
  let beganAt = Number.NaN
  return {
    now: () => new Date(beganAt + elapsedMs()),
    async adjust() {
      const before = elapsedMs()
      beganAt = (await read()) - (before + elapsedMs()) / 2
    },
  }
}
