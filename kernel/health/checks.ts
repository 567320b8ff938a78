import { describeError } from '../errors/index.ts'

/** One thing a process depends on. A process without a required one cannot serve; without another it can, in part. */
export type Check = Readonly<{ name: string; required: boolean; check: () => Promise<void> }>

/** What a check found: how long the dependency took to answer, and when it did not, why. */
export type Finding = Readonly<{
  name: string
  required: boolean
  status: 'pass' | 'warn' | 'fail'
  ms: number
  why?: string
}>

/**
 * Runs all checks at once, each for at most `timeoutMs`. Findings are kept for `keepMs` and shared by whoever
 * asks meanwhile, so that probes cannot overload what they watch; a check that hangs is not started again
 * until it has ended. `checks` gives those that count now; a name stays the same check.
 */
export function checker(
  checks: () => readonly Check[],
  { timeoutMs, keepMs, clock }: { timeoutMs: number; keepMs: number; clock: () => number },
): () => Promise<readonly Finding[]> {
  const hanging = new Set<string>()
  let found: Promise<readonly Finding[]> | undefined
  let until = 0
  return () => {
    if (found && clock() < until) return found
    // Concurrent askers share the run; its findings are kept from when it ends.
    until = Number.POSITIVE_INFINITY
    found = Promise.all(checks().map((check) => find(check))).finally(() => {
      until = clock() + keepMs
    })
    return found
  }

  async function find(check: Check): Promise<Finding> {
    const { name, required } = check
    const from = clock()
    const why = hanging.has(name) ? 'still has not answered the last check' : await ask(check)
    const ms = Math.round(clock() - from)
    if (why === undefined) return { name, required, status: 'pass', ms }
    return { name, required, status: required ? 'fail' : 'warn', ms, why }
  }

  async function ask(check: Check): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined
    const timedOut = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, `did not answer within ${timeoutMs} ms`)
    })
    hanging.add(check.name)
    // A check that throws at once counts like one that rejects.
    const asked = Promise.resolve()
      .then(() => check.check())
      .then(() => undefined, reason)
      .finally(() => hanging.delete(check.name))
    return Promise.race([asked, timedOut]).finally(() => clearTimeout(timer))
  }
}

/** Why a check failed, for whoever may see the page: a code, and the sentence of our own errors. */
function reason(error: unknown): string {
  const { name, code, message } = describeError(error)
  return [code ?? name, message].filter(Boolean).join(': ')
}
