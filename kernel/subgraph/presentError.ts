import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { type Bug, type Conflict, type Fault, type Refusal, SteinmetzError } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'

const codes: Readonly<Record<(Refusal | Conflict | Fault | Bug)['kind'], string>> = {
  refusal: 'BAD_USER_INPUT',
  conflict: 'CONFLICT',
  fault: 'UNAVAILABLE',
  bug: 'INTERNAL',
}

/**
 * An error as a client may see it: ours with its code and reason, GraphQL's own as they are, and anything
 * else masked. What is masked is logged with its cause.
 */
export function presentError(log: Log) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const error = thrown instanceof GraphQLError ? thrown.originalError : thrown
    const at = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    }
    if (error instanceof SteinmetzError && error.kind !== 'bug') {
      if (error.kind === 'fault') log.warn({ err: error }, 'answered with a fault')
      return { message: error.message, ...at, extensions: { code: codes[error.kind], reason: error.code } }
    }
    if (error && !(error instanceof GraphQLError)) {
      log.error({ err: error }, 'answered with an internal error')
      const reason = error instanceof SteinmetzError ? error.code : 'UNEXPECTED'
      return {
        message: 'something went wrong on our side; it has been logged',
        ...at,
        extensions: { code: 'INTERNAL', reason },
      }
    }
    const message = shortened(formatted.message)
    return { message, ...at, extensions: { code: formatted.extensions?.code ?? 'BAD_USER_INPUT' } }
  }
}

const quotedAtMost = 60
const messageAtMost = 800

/** GraphQL quotes what it was given, as long as that is: a megabyte is not sent back to say that it is wrong. */
function shortened(message: string): string {
  if (message.length <= messageAtMost) return message
  const short = message.replaceAll(
    /"((?:[^"\\]|\\.){60,})"/gs,
    (_, text: string) => `"${text.slice(0, quotedAtMost)}…"`,
  )
  return short.length <= messageAtMost ? short : `${short.slice(0, messageAtMost)}…`
}
