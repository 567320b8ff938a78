import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * On whose behalf and as part of what something happens. `actor` is the id of the person (or the service
 * when there is none), never a name; `traceparent` is what an outgoing call carries on.
 */
export type Context = Readonly<{
  requestId?: string
  traceId?: string
  traceparent?: string
  tenantId?: string
  actor?: string
}>

const storage = new AsyncLocalStorage<Context>()
const NONE: Context = Object.freeze({})

/** Runs `work` so that every line logged in it, however deep and late, carries this context over the outer one. */
export function withContext<Result>(context: Context, work: () => Result): Result {
  return storage.run({ ...storage.getStore(), ...context }, work)
}

/** The context of the work that is running; empty outside of any. */
export function currentContext(): Context {
  return storage.getStore() ?? NONE
}
