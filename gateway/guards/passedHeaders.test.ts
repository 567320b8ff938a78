import { describe, expect, it } from 'vitest'
import { clientOf, headersForSubgraphs, mayBePassed, returnedHeaders } from './passedHeaders.ts'

describe('what a subgraph is sent of a client’s headers', () => {
  it('is what is configured, and who the client says it is', () => {
    const headers = {
      'accept-language': 'de',
      'x-other': '1',
      authorization: 'Bearer secret',
      'apollographql-client-name': 'web',
      'apollographql-client-version': '1.2.3',
    }
    expect(headersForSubgraphs(headers, ['accept-language', 'x-missing'])).toEqual({
      'accept-language': 'de',
      'apollographql-client-name': 'web',
      'apollographql-client-version': '1.2.3',
    })
  })

  it('is a trace state only with the trace it belongs to, and of no excessive length', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(headersForSubgraphs({ tracestate: 'a=1', traceparent }, [])).toEqual({ tracestate: 'a=1' })
    expect(headersForSubgraphs({ tracestate: 'a=1' }, [])).toEqual({})
    expect(headersForSubgraphs({ tracestate: 'a'.repeat(600), traceparent }, [])).toEqual({})
  })

  it('cannot be a token, a body’s own header, or what the gateway itself says', () => {
    const forbidden = ['authorization', 'content-length', 'host', 'traceparent', 'x-request-id', 'x-forwarded-for']
    expect(forbidden.filter(mayBePassed)).toEqual([])
    expect(['accept-language', 'x-tenant-hint', 'a b', 'x:y'].filter(mayBePassed)).toEqual([
      'accept-language',
      'x-tenant-hint',
    ])
  })
})

it('a client’s name that could forge a line of the log is none', () => {
  const named = (name: string) => clientOf({ 'apollographql-client-name': name }).name
  expect([named('web app'), named('web\nroot logged in'), named('x'.repeat(65))]).toEqual([
    'web app',
    undefined,
    undefined,
  ])
})

it('a client is told what subgraphs said under configured names, each value once', () => {
  const returned = returnedHeaders(['x-served-by', 'warning'])
  returned.note({ 'x-served-by': 'a', 'set-cookie': ['secret=1'] })
  returned.note({ 'x-served-by': 'b', warning: '199' })
  returned.note({ 'x-served-by': 'a' })
  expect(returned.all()).toEqual({ 'x-served-by': 'a, b', warning: '199' })
})
