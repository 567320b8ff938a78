import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, startTestbed, type Testbed } from '../testing/testbed.ts'

describe('the GraphiQL page', () => {
  let bed: Testbed
  beforeAll(async () => {
    bed = await startTestbed(({ token }) => ({ DEVELOPMENT_TOKENS: JSON.stringify({ clerk: token }) }))
  })
  afterAll(() => bed.stop())

  it('loads everything from the gateway itself, and the browser is told to hold it to that', async () => {
    const page = await fetch(`${bed.gateway.url}/`)
    const html = await page.text()
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => String(source))
    expect(sources.filter((source) => !source.startsWith('/graphiql/') && source !== 'data:,')).toEqual([])
    for (const source of sources.filter((each) => each.startsWith('/'))) {
      const file = await fetch(bed.gateway.url + source)
      expect([source, file.status, (await file.text()).length > 100]).toEqual([source, 200, true])
    }
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/https?:|\*/)
  })

  it('offers the ready-made tokens', async () => {
    const tokens = await fetch(`${bed.gateway.url}/graphiql/tokens.json`)
    expect(await tokens.json()).toEqual({ clerk: bed.token })
    expect(tokens.headers.get('cache-control')).toBe('no-store')
  })
})

it('is not there in production, nor is the schema for whoever asks', async () => {
  const bed = await startTestbed(() => ({ NODE_ENV: 'production', ISSUER_URL: 'https://127.0.0.1:1' }))
  for (const path of ['/', '/graphiql/page.js', '/graphiql/tokens.json']) {
    expect((await fetch(bed.gateway.url + path)).status).toBe(404)
  }
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ query: '{ __schema { queryType { name } } }' })
  expect((await fetch(`${bed.gateway.url}/graphql`, { method: 'POST', headers, body })).status).toBe(401)
  // The issuer's keys cannot be had here, which is nobody's fault who asks.
  const answer = await ask(bed, '{ __typename }')
  expect(answer).toMatchObject({ status: 503, reason: 'ISSUER_UNREACHABLE' })
  await bed.stop()
})
