import { type Facts, SteinmetzError } from './kinds.ts'

/** What may be written down about an error. `stack` holds the frames alone, without the message. */
export type DescribedError = Readonly<{
  name: string
  kind?: string
  code?: string
  message?: string
  facts?: Facts
  stack?: string
  cause?: DescribedError
  errors?: readonly DescribedError[]
}>

// Names of things in a schema or a network, never of a person. What PostgreSQL calls `detail`, `where`
// and `parameters`, and what Prisma puts into its message, hold the values of a row and stay out.
const NAMES_OF_THINGS = ['syscall', 'address', 'port', 'severity', 'schema', 'table', 'column', 'constraint', 'routine']
const CODE = /^[A-Za-z0-9_]{1,48}$/
const MAX_CAUSES = 4
const MAX_ERRORS = 3

/**
 * Describes any thrown value for a log or a trace without personal data. Of our own errors it tells kind,
 * code, message and facts, which are free of personal data by their contract. Of foreign errors it tells
 * name, code, and the names of things involved, but no message: drivers and parsers quote the values they
 * stumble over. Causes are followed four deep.
 */
export function describeError(thrown: unknown, depth = 0): DescribedError {
  if (!(thrown instanceof Error)) return { name: thrown === null ? 'null' : typeof thrown }
  const own = thrown instanceof SteinmetzError
  const code = own ? thrown.code : codeOf(thrown)
  const facts = own ? thrown.facts : namesOfThings(thrown)
  const follow = depth < MAX_CAUSES
  return {
    name: thrown.name,
    ...(own && { kind: thrown.kind, message: thrown.message }),
    ...(code !== undefined && { code }),
    ...(Object.keys(facts).length > 0 && { facts }),
    stack: framesOf(thrown),
    ...(follow && thrown.cause !== undefined && { cause: describeError(thrown.cause, depth + 1) }),
    ...(follow &&
      thrown instanceof AggregateError && {
        errors: thrown.errors.slice(0, MAX_ERRORS).map((each) => describeError(each, depth + 1)),
      }),
  }
}

function codeOf(thrown: Error): string | undefined {
  const code = (thrown as { code?: unknown }).code
  return typeof code === 'string' && CODE.test(code) ? code : undefined
}

function namesOfThings(thrown: Error): Facts {
  const facts: Record<string, string | number> = {}
  for (const name of NAMES_OF_THINGS) {
    const value = (thrown as unknown as Record<string, unknown>)[name]
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value
  }
  return facts
}

function framesOf(thrown: Error): string {
  const stack = thrown.stack ?? ''
  const at = thrown.message === '' ? -1 : stack.indexOf(thrown.message)
  const behindMessage = at < 0 ? stack : stack.slice(at + thrown.message.length)
  return behindMessage
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => line.trim())
    .join('\n')
}
