/** The GraphQL error codes a guard or a door answers with. */
export type DeniedCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'UNAVAILABLE'
  | 'INTERNAL'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'PERSISTED_QUERY_NOT_SUPPORTED'

/**
 * The gateway does not pass a request on. `status` is what HTTP says, `code` what GraphQL clients switch on,
 * `reason` which rule it was; the message is for the client's developer and tells what to change.
 */
export class Denied extends Error {
  readonly status: number
  readonly code: DeniedCode
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: DeniedCode,
    reason: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.name = 'Denied'
    this.status = status
    this.code = code
    this.reason = reason
    this.headers = headers
  }

  /** The same denial, telling more by its headers. */
  with(headers: Readonly<Record<string, string>>): Denied {
    return new Denied(this.status, this.code, this.reason, this.message, { ...headers, ...this.headers })
  }

  /** The GraphQL answer that tells the client. */
  get result() {
    return { errors: [{ message: this.message, extensions: { code: this.code, reason: this.reason } }] }
  }
}
