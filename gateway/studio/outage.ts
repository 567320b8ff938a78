import type { Log } from '@steinmetz/kernel/telemetry'

/** Whether one of Apollo's services takes part: told to the log when that changes, and to the health page as it is. */
export type Outage = {
  failed(reason: string): void
  over(): void
  /** Since when and why it does not, or undefined while it does. */
  why(): string | undefined
}

const reasonAtMost = 300

/** `consequence` says what does not happen meanwhile. `secret` is struck out of every reason. */
export function outage(
  { log, now, secret }: { log: Log; now: () => Date; secret: string },
  consequence: string,
): Outage {
  let current: { since: Date; reason: string } | undefined
  return {
    failed(reason) {
      const told = withoutSecret(reason, secret).slice(0, reasonAtMost)
      if (!current) log.warn({ reason: told }, `${consequence}, until it answers again`)
      current = { since: current?.since ?? now(), reason: told }
    },
    over() {
      if (current) log.info({ since: current.since.toISOString() }, `answers again; before, ${consequence}`)
      current = undefined
    },
    why: () => current && `since ${current.since.toISOString()}: ${current.reason}`,
  }
}

/** A text of a library or of a server, which may have repeated what it was given. */
export function withoutSecret(text: unknown, secret: string): string {
  return String(text).replaceAll(secret, '[not logged]').replaceAll(encodeURIComponent(secret), '[not logged]')
}

/** What a library of Apollo's warns of, told to our log. What it merely mentions is left out. */
export function libraryLog(log: Log, secret: string) {
  return {
    debug() {},
    info() {},
    warn: (text: unknown) => log.warn(withoutSecret(text, secret)),
    error: (text: unknown) => log.error(withoutSecret(text, secret)),
  }
}
