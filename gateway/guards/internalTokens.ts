import type { Caller } from './authentication.ts'

/** Signs an internal token on behalf of a person (kernel/auth). */
type Signer = {
  sign(call: {
    tenantId: string
    scopes: Iterable<string>
    onBehalfOf: { person: string; account: string; session: string; address: string }
  }): string
}

// An internal token lives 60 s. Used for 20, it has 40 left wherever it arrives, and subgraphs, which remember
// what they have verified, see one token for many requests of the same caller.
const reusedForMs = 20_000
const remembered = 5_000

type Signed = { authorization: string; until: number }

/** Answers the `authorization` header for a caller's calls to subgraphs, signed anew every 20 s. */
export function internalTokens(signer: Signer, now: () => Date): (caller: Caller) => string {
  const signed = new Map<string, Signed>()
  // The calls of one request share their caller, and need not look it up by its long token each.
  const ofRequest = new WeakMap<Caller, Signed>()

  return (caller) => {
    const at = now().getTime()
    const recent = ofRequest.get(caller)
    if (recent && recent.until > at) return recent.authorization
    const key = `${caller.address} ${caller.token}`
    const known = signed.get(key)
    if (known && known.until > at) {
      ofRequest.set(caller, known)
      return known.authorization
    }
    const { tenantId, scopes, person, account, session, address } = caller
    const token = signer.sign({ tenantId, scopes, onBehalfOf: { person, account, session, address } })
    const authorization = `Bearer ${token}`
    const [oldest] = signed.keys()
    if (signed.size >= remembered && oldest !== undefined) signed.delete(oldest)
    const fresh = { authorization, until: at + reusedForMs }
    signed.delete(key)
    signed.set(key, fresh)
    ofRequest.set(caller, fresh)
    return authorization
  }
}
