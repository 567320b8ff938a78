import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '@steinmetz/kernel/telemetry'

type File = { type: string; path: string }

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'

/**
 * Everything the page loads lies in installed packages or beside this file, so that it works without internet. Of
 * GraphiQL this is version 4: it is the last that ships as one file a browser runs as it stands.
 */
const files: Readonly<Record<string, File>> = {
  '/': { type: 'text/html; charset=utf-8', path: own('page.html') },
  '/graphiql/page.js': { type: script, path: own('page.js') },
  '/graphiql/page.css': { type: style, path: own('page.css') },
  '/graphiql/graphiql.js': { type: script, path: installed('graphiql', 'graphiql.min.js') },
  '/graphiql/graphiql.css': { type: style, path: installed('graphiql', 'graphiql.min.css') },
  '/graphiql/react.js': { type: script, path: installed('react', 'umd/react.production.min.js') },
  '/graphiql/react-dom.js': { type: script, path: installed('react-dom', 'umd/react-dom.production.min.js') },
  '/graphiql/graphql-ws.js': { type: script, path: installed('graphql-ws', 'umd/graphql-ws.min.js') },
}

/** What the browser itself holds the page to: nothing is loaded from, and nothing sent to, any other origin. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Serves the GraphiQL page on `/`, for development. It offers the tokens of `tokens` (role to token) for choice and
 * sends the chosen one with queries and, in connection_init, with subscriptions.
 */
export function createGraphiqlDoor(tokens: Readonly<Record<string, string>>, log: Log) {
  const answer = async (response: ServerResponse, { type, path }: File) => {
    const body = await readFile(path)
    const headers = {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    }
    response.writeHead(200, headers).end(body)
  }

  return (request: IncomingMessage, response: ServerResponse, url: URL): boolean => {
    if (request.method !== 'GET') return false
    if (url.pathname === '/graphiql/tokens.json') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(tokens))
      return true
    }
    const file = files[url.pathname]
    if (!file) return false
    answer(response, file).catch((error) => {
      log.error({ err: error, path: file.path }, 'a file of the GraphiQL page cannot be read')
      response.writeHead(500).end()
    })
    return true
  }
}

function own(name: string): string {
  return join(import.meta.dirname, 'graphiql', name)
}

function installed(packageName: string, path: string): string {
  return join(dirname(fileURLToPath(import.meta.resolve(`${packageName}/package.json`))), path)
}
