import { Trace } from '@apollo/usage-reporting-protobuf'
import { start } from '@steinmetz/hr/main'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, type TestSubgraph, testSubgraph } from './testing/index.ts'

const clerk: Caller = { person: 'clerk', scopes: ['hr:read', 'hr:write', 'hr:personal'] }
const asked = { 'apollo-federation-include-trace': 'ftv1' }

type Answer = { errors: readonly { message: string }[]; extensions: { ftv1: string } }

/** What every domain's subgraph tells the gateway for Apollo Studio; they are all started by the same code. */
describe('the trace of a subgraph', () => {
  let hr: TestSubgraph
  beforeAll(async () => {
    hr = await testSubgraph(start, 'hr')
  })
  afterAll(() => hr.stop())

  const ask = async (query: string, headers: Record<string, string>) => {
    const response = await fetch(`${hr.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    })
    return { status: response.status, ...((await response.json()) as Answer) }
  }
  const token = () => ({ authorization: `Bearer ${hr.token(clerk)}` })
  const departments = '{ departments { id } }'

  test('comes to a service that asks for it, and says what each field took', async () => {
    const { extensions } = await ask(departments, { ...token(), ...asked })
    const [field] = Trace.decode(Buffer.from(extensions.ftv1, 'base64')).root?.child ?? []
    expect(field).toMatchObject({ responseName: 'departments', parentType: 'Query' })
    expect(Number(field?.endTime)).toBeGreaterThan(Number(field?.startTime))
  })

  test('comes to nobody else', async () => {
    expect(await ask(departments, token())).not.toHaveProperty('extensions')
    const stranger = await ask(departments, asked)
    expect(stranger.status).toBe(401)
    expect(stranger).not.toHaveProperty('extensions')
  })

  test('tells where an error was, and not in which words', async () => {
    const query = '{ employees(after: "erika", filter: { search: "Erika" }) { totalCount } }'
    const { errors, extensions } = await ask(query, { ...token(), ...asked })
    expect(errors).toMatchObject([{ path: ['employees'] }])
    const trace = JSON.stringify(Trace.decode(Buffer.from(extensions.ftv1, 'base64')))
    expect(trace).toContain('<masked>')
    expect(trace).not.toMatch(/erika/i)
    expect(trace).not.toContain(errors[0]?.message)
  })
})
