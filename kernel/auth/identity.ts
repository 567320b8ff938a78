import { type Refusal, refuse } from '../errors/index.ts'

/** The person for whom something is done: two accounts of one person are one person. `address` is where from. */
export type OnBehalfOf = Readonly<{ person: string; account: string; session: string; address: string }>

/** Who asks a subgraph: the service that calls, for which tenant and person, and with which rights. */
export type Identity = OnBehalfOf &
  Readonly<{ service: string; tenantId: string; scopes: ReadonlySet<string>; requestId: string }>

/** The headers of a request, as node:http gives them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

// Longer than any token we or a usual issuer make; what is longer is not even looked at.
const MAX_TOKEN_LENGTH = 8_192

/** The token of an `authorization: Bearer …` header; refuses with UNAUTHENTICATED when there is none. */
export function bearerToken(headers: Headers): string {
  const header = headers.authorization
  const token = typeof header === 'string' ? /^Bearer +(\S+)$/i.exec(header)?.[1] : undefined
  if (!token) throw unauthenticated('a token is needed: send the header authorization: Bearer <token>')
  if (token.length > MAX_TOKEN_LENGTH) throw unauthenticated('the token is too long')
  return token
}

/** Nobody knows who asks. The edge answers it with 401 and the sentence given. */
export function unauthenticated(message: string): Refusal {
  return refuse('UNAUTHENTICATED', message)
}
