import type { IncomingMessage } from 'node:http'
import { Denied } from './denied.ts'

// What a browser lets a page of any origin send without asking us first (Fetch standard, CORS-safelisted).
const simpleTypes = new Set(['', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'])
const askedForHeaders = ['apollo-require-preflight', 'x-apollo-operation-name', 'x-requested-with', 'x-request-id']

/**
 * Denies what a page of another origin can make a browser send by an image, a link or a form: the browser would add
 * what it knows of us, our network included, and the page could act or measure by it. A header or content type that
 * such a page may not set without our consent proves that it is none. Basic credentials do not: browsers send them by
 * themselves.
 */
export function denyCrossSite({ headers }: IncomingMessage): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  const isTyped = !simpleTypes.has(type.trim().toLowerCase())
  const hasBearer = /^Bearer /i.test(headers.authorization ?? '')
  if (isTyped || hasBearer || askedForHeaders.some((name) => headers[name] !== undefined)) return
  const message = 'Send a token, or the header apollo-require-preflight: without either a foreign page could send this'
  throw new Denied(400, 'BAD_USER_INPUT', 'CROSS_SITE_SUSPECTED', message)
}
