import type { GraphQLError } from 'graphql'
import type { ResponseError } from './run.ts'

/** An error of the request itself, found before anything was executed. */
export function requestError(code: string, message: string, error?: GraphQLError): ResponseError {
  const { locations, extensions } = error ?? {}
  return { message, ...(locations && { locations }), extensions: { ...extensions, code } }
}

/** A syntax error without the words of the document, which may hold what must not be echoed or logged. */
export function syntaxError(error: GraphQLError): ResponseError {
  const [at] = error.locations ?? []
  const where = at ? ` at line ${at.line}, column ${at.column}` : ''
  return requestError('GRAPHQL_PARSE_FAILED', `Syntax Error: the document is not GraphQL${where}`, error)
}

/** A validation error; its suggestions tell a stranger what the schema holds, so they can be left out. */
export function validationError(error: GraphQLError, hideSuggestions: boolean): ResponseError {
  const cut = hideSuggestions ? error.message.indexOf(' Did you mean ') : -1
  const message = cut < 0 ? error.message : error.message.slice(0, cut)
  return requestError('GRAPHQL_VALIDATION_FAILED', message, error)
}
