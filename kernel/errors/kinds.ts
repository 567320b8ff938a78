/**
 * The four ways something can go wrong, sorted by who must act next: a Refusal by the user, a Conflict
 * by the caller (who rereads), a Fault by nobody yet (the same key may be sent again), a Bug by us.
 *
 * Every code that is thrown stands in docs/errors.md; a test compares the two.
 */

/** Facts about what happened, for people and for the log: ids, versions, codes. Never personal data. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

export abstract class SteinmetzError extends Error {
  abstract readonly kind: 'refusal' | 'conflict' | 'fault' | 'bug'
  readonly code: string
  readonly facts: Facts

  constructor(code: string, message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.facts = facts
  }
}

/** The business says no. Stored under the idempotency key, so that a replay is refused alike. */
export class Refusal extends SteinmetzError {
  readonly kind = 'refusal'
}

/** Someone was first: the caller must reread. Never stored. */
export class Conflict extends SteinmetzError {
  readonly kind = 'conflict'
}

/** Something is down or slow. Never stored: the same key may be sent again. */
export class Fault extends SteinmetzError {
  readonly kind = 'fault'
}

/** We were wrong. The caller gets a masked message, the log gets the cause. */
export class Bug extends SteinmetzError {
  readonly kind = 'bug'
}

/** The business says no: throw it from a command or a decision. */
export function refuse(code: string, message: string, facts?: Facts): Refusal {
  return new Refusal(code, message, facts)
}

/** Someone was first: throw it when what was loaded is no longer what is stored. */
export function conflict(code: string, message: string, facts?: Facts, options?: ErrorOptions): Conflict {
  return new Conflict(code, message, facts, options)
}

/** Something is down or slow: throw it with the `cause`, so that the log tells what. */
export function fault(code: string, message: string, options?: ErrorOptions): Fault {
  return new Fault(code, message, {}, options)
}

/** We were wrong: throw it where the types could not rule out what happened. */
export function bug(code: string, message: string, options?: ErrorOptions): Bug {
  return new Bug(code, message, {}, options)
}

/** Refuses an id that names nothing the caller may see: `notFound('Thing', id)` is THING_NOT_FOUND. */
export function notFound(entity: string, id: string): Refusal {
  const code = `${entity.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_NOT_FOUND`
  return new Refusal(code, `there is no ${entity} with the id ${id}`, { id })
}
