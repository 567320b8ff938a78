import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IContextualizedStats, Trace } from '@apollo/usage-reporting-protobuf'
import { createLog } from '@steinmetz/kernel/telemetry'
import { buildSchema, parse } from 'graphql'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { composeSubgraphs } from '../compose.ts'
import type { Answer, Graph, RequestContext } from '../graph.ts'
import { type Ingress, startIngress, startTracingSubgraph, testKey } from '../testing/apollo.ts'
import { ask, startTestbed, type Testbed } from '../testing/testbed.ts'
import { usageReports } from './usageReports.ts'

// A gateway of its own takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external"])'
const hrSdl = `${link}
  type Query { employees(name: String): [Employee!]!, broken: String}
  type Mutation { hire(name: String!): Employee! }
  type Employee @key(fields: "id") { id: ID!, name: String! }`
const payrollSdl = `${link} type Employee @key(fields: "id") { id: ID!, grossCents: Int, secret: String }`

const erika = { __typename: 'Employee', id: '7', name: 'Erika Musterfrau' }
const secretFailure = () => {
  throw new Error('Erika earns 4711')
}
const subgraphs = await Promise.all([
  startTracingSubgraph(hrSdl, {
    Query: { employees: () => [erika, { ...erika, id: '8' }], broken: secretFailure },
    Mutation: { hire: () => erika },
  }),
  startTracingSubgraph(payrollSdl, { Employee: { grossCents: () => 4_711, secret: secretFailure } }),
])
afterAll(() => Promise.all(subgraphs.map(({ stop }) => stop())))

const supergraph = composeSubgraphs([
  { name: 'hr', sdl: hrSdl, url: subgraphs[0].url },
  { name: 'payroll', sdl: payrollSdl, url: subgraphs[1].url },
])

const client = { 'apollographql-client-name': 'payroll-office', 'apollographql-client-version': '1.2' }
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A gateway that reports; what it has reported is read after it has stopped. */
async function reporting(share: string, work: (bed: Testbed) => Promise<unknown>): Promise<Ingress> {
  const ingress = await startIngress()
  stops.push(ingress.stop)
  const bed = await startTestbed(async ({ folder }) => {
    await writeFile(join(folder, 'other.graphql'), supergraph)
    return {
      SUPERGRAPH: join(folder, 'other.graphql'),
      SUBGRAPH_URLS: '',
      APOLLO_KEY: testKey,
      APOLLO_GRAPH_REF: 'erp@test',
      APOLLO_USAGE_REPORTING_INGRESS_URL: ingress.url,
      APOLLO_TRACE_SHARE: share,
    }
  })
  await work(bed).finally(bed.stop)
  return ingress
}

const payslips = 'query Payslips($name: String) { staff: employees(name: $name) { id grossCents } }'
const signature = '# Payslips\nquery Payslips($name:String){employees(name:$name){grossCents id}}'

/** What was reported of one operation, in all reports. */
function reportsOf({ reports }: Ingress, key: string) {
  return reports.flatMap(({ tracesPerQuery }) => tracesPerQuery[key] ?? [])
}

/** Its statistics, by the program that asked. */
const statsOf = (ingress: Ingress, key: string) =>
  reportsOf(ingress, key).flatMap((found) => [...((found.statsWithContext ?? []) as IContextualizedStats[])])

const countOf = (ingress: Ingress, key: string) =>
  statsOf(ingress, key).reduce((sum, { queryLatencyStats }) => sum + Number(queryLatencyStats?.requestCount), 0)

describe('of each operation Apollo Studio is told', () => {
  it('what it asks for, by which program, and how often', async () => {
    const ingress = await reporting('0', async (bed) => {
      for (const name of ['Erika', 'Max']) await ask(bed, payslips, client, { name })
      await ask(bed, '{ employees(name: "Erika Musterfrau") { name } }')
    })
    expect(countOf(ingress, signature)).toBe(2)
    expect(countOf(ingress, '# -\n{employees(name:""){name}}')).toBe(1)
    const [found] = reportsOf(ingress, signature)
    expect(statsOf(ingress, signature)[0]?.context).toMatchObject({
      clientName: 'payroll-office',
      clientVersion: '1.2',
    })
    expect(found?.referencedFieldsByType?.Employee?.fieldNames?.toSorted()).toEqual(['grossCents', 'id'])
    expect(ingress.reports[0]?.header).toMatchObject({
      graphRef: 'erp@test',
      executableSchemaId: hash('sha256', supergraph),
    })
    expect([...ingress.keys]).toEqual([testKey])
  })

  it('nothing of who is meant: no variable, no literal, no header, no word of an error', async () => {
    const answers: unknown[] = []
    const ingress = await reporting('1', async (bed) => {
      answers.push((await ask(bed, payslips, client, { name: 'Erika' })).body)
      answers.push((await ask(bed, '{ employees(name: "Erika") { secret } broken }')).body)
      answers.push((await ask(bed, '{ erika }')).body)
    })
    // The subgraphs of this test do tell it, so that it is the gateway that keeps it back.
    expect(JSON.stringify(answers)).toContain('Erika earns 4711')
    expect(ingress.reports.length).toBeGreaterThan(0)
    expect(JSON.stringify(ingress.reports)).not.toMatch(/Erika|4711|Bearer|eyJ/)
  })

  it('how it ended', async () => {
    const ingress = await reporting('0', async (bed) => {
      await ask(bed, '{ broken }')
      await ask(bed, '{ nothing }')
    })
    const [failed] = statsOf(ingress, '# -\n{broken}')
    expect(Number(failed?.queryLatencyStats?.requestsWithErrorsCount)).toBe(1)
    expect(failed?.queryLatencyStats?.rootErrorStats?.children).toHaveProperty('service:hr')
    expect(reportsOf(ingress, '## GraphQLValidationFailure\n')).toHaveLength(1)
    expect(ingress.reports.reduce((sum, { operationCount }) => sum + Number(operationCount), 0)).toBe(1)
  })
})

describe('a request that is traced', () => {
  it('tells which fetches it took and what each field took in its subgraph', async () => {
    const answers: unknown[] = []
    const ingress = await reporting('1', async (bed) => {
      answers.push((await ask(bed, payslips, client, { name: 'Erika' })).body)
      answers.push((await ask(bed, 'mutation { hire(name: "x") { id } }')).body)
    })
    const [trace] = reportsOf(ingress, signature).flatMap((found) => found.trace ?? []) as Trace[]
    const [first, second] = trace?.queryPlan?.sequence?.nodes ?? []
    expect(first?.fetch).toMatchObject({ serviceName: 'hr', traceParsingFailed: false })
    expect(fieldsOf(first?.fetch?.trace?.root)).toEqual(['Query.employees', 'Employee.id', 'Employee.id'])
    expect(second?.flatten?.responsePath).toMatchObject([{ fieldName: 'staff' }, { fieldName: '@' }])
    expect(second?.flatten?.node?.fetch?.serviceName).toBe('payroll')
    expect(fieldsOf(second?.flatten?.node?.fetch?.trace?.root)).toContain('Employee.grossCents')
    expect(Number(second?.flatten?.node?.fetch?.sentTimeOffset)).toBeGreaterThan(Number(first?.fetch?.sentTimeOffset))

    const [hired] = reportsOf(ingress, '# -\nmutation{hire(name:""){id}}').flatMap(
      (found) => found.trace ?? [],
    ) as Trace[]
    expect(fieldsOf(hired?.queryPlan?.fetch?.trace?.root)).toEqual(['Mutation.hire', 'Employee.id'])
    // The client sees nothing of it.
    expect(answers).toEqual([
      { data: { staff: [7, 8].map((id) => ({ id: String(id), grossCents: 4_711 })) } },
      { data: { hire: { id: '7' } } },
    ])
  })

  it('is chosen by the gateway, never by its client', async () => {
    const [hr] = subgraphs
    const before = hr.traced.length
    const ingress = await reporting('0', async (bed) => {
      const { body } = await ask(bed, payslips, { ...client, 'apollo-federation-include-trace': 'ftv1' }, {})
      expect(body).not.toHaveProperty('extensions')
    })
    expect(hr.traced.slice(before)).toEqual([undefined])
    expect(reportsOf(ingress, signature).flatMap((found) => found.trace ?? [])).toEqual([])
  })
})

/** The fields of a trace, with the types they stand on. */
function fieldsOf(node: Trace.INode | null | undefined): string[] {
  const own =
    node?.parentType && node.responseName ? [`${node.parentType}.${node.originalFieldName || node.responseName}`] : []
  return [...own, ...(node?.child ?? []).flatMap(fieldsOf)]
}

describe('reports', () => {
  const schema = buildSchema('type Query { slow: Int }')
  const query = '{ slow }'
  const request = { query, document: parse(query), operationName: undefined, variables: undefined }
  const answer: Answer = { status: 200, contentType: '', body: '{"data":{}}', errors: [], replayed: false }
  const lines: string[] = []
  const log = createLog({ service: 'gateway', level: 'debug', to: { write: (line) => lines.push(line) } })
  const started = async (execute: Graph['execute']) => {
    const ingress = await startIngress()
    stops.push(ingress.stop)
    const options = { key: testKey, graphRef: 'erp@test', traceShare: 0, ingressUrl: ingress.url, intervalMs: 20 }
    const reports = usageReports({ ...options, log, now: () => new Date() })
    const inner = { execute, stop: async () => {} } as Graph
    const graph = await reports.graph(inner, { sdl: 'a supergraph', schema })
    return { ingress, reports, graph }
  }
  const context = { headers: {} } as RequestContext

  it('count a request that ends after its supergraph was replaced', async () => {
    const held = Promise.withResolvers<Answer>()
    const { ingress, reports, graph } = await started(() => held.promise)
    const executed = graph.execute(request, context)
    await graph.stop()
    held.resolve(answer)
    await executed
    await reports.stop()
    expect(countOf(ingress, '# -\n{slow}')).toBe(1)
  })

  it('that nobody takes are told on the health page and once in the log, without the key', async () => {
    const { ingress, reports, graph } = await started(async () => answer)
    const isUp = () =>
      reports.check.check().then(
        () => true,
        ({ code }) => code,
      )
    ingress.status = 403
    await vi.waitFor(async () => {
      await graph.execute(request, context)
      expect(await isUp()).toBe('USAGE_NOT_REPORTED')
    })
    const refused = lines.filter((line) => line.includes('HTTP status 403'))
    expect(refused).toEqual([expect.stringContaining('[not logged]')])
    expect(lines.join()).not.toContain(testKey)
    ingress.status = 200
    await vi.waitFor(async () => {
      await graph.execute(request, context)
      expect(await isUp()).toBe(true)
    })
    await graph.stop()
    await reports.stop()
  })

  it('go to the address that is configured, and nowhere it points', async () => {
    const [{ ingress, reports, graph }, elsewhere] = [await started(async () => answer), await startIngress()]
    stops.push(elsewhere.stop)
    Object.assign(ingress, { status: 307, redirect: elsewhere.url })
    await graph.execute(request, context)
    await graph.stop()
    await reports.stop()
    expect([...ingress.keys, ...elsewhere.keys]).toEqual([testKey])
    await expect(reports.check.check()).rejects.toThrow('Apollo takes no reports')
  })
})
