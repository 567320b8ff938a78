import type { GraphQLFormattedError } from 'graphql'

/** The codes a client may switch on. Every other code is an internal matter and becomes INTERNAL. */
const publicCodes = new Set([
  'BAD_USER_INPUT',
  'CONFLICT',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL',
  'OPERATION_RESOLUTION_FAILURE',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
])

/**
 * An error as a client sees it: a public code, our reason, the subgraph it came from (`service`), the path, and the
 * message. Stack traces, addresses and whole answers of subgraphs never pass. In production the message of an
 * INTERNAL error is masked, as it may tell of the inside; the log tells the rest by the request id.
 */
export function presentError(error: GraphQLFormattedError, production: boolean): GraphQLFormattedError {
  const { code, reason, serviceName } = (error.extensions ?? {}) as Record<string, unknown>
  const known = typeof code === 'string' && publicCodes.has(code)
  const masked = production && (!known || code === 'INTERNAL')
  return {
    message: masked ? 'Something went wrong on our side' : error.message,
    ...(error.locations && { locations: error.locations }),
    ...(error.path && { path: error.path }),
    extensions: {
      code: known ? code : 'INTERNAL',
      ...(typeof reason === 'string' && known && { reason }),
      ...(typeof serviceName === 'string' && { service: serviceName }),
    },
  }
}
