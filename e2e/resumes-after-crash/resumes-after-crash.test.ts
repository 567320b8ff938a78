import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { startPlatform } from '@steinmetz/stack'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type DemoProcess, startDemo } from '../demoProcess.ts'
import { askerOf, type OwnFolder, ownFolder } from '../platform.ts'

const people = 20
const rejected = 'K-07'
const longestRunMs = 2_000

let folder: OwnFolder
let employees: string
let running: DemoProcess | undefined

beforeEach(async () => {
  folder = await ownFolder('resumes-after-crash')
  employees = join(folder.path, 'employees.csv')
  await writeFile(employees, file())
})
afterEach(async () => {
  await running?.kill()
  await folder.remove()
})

/** A firm that is hired quickly; one of its contracts is below the minimum wage and will be rejected. */
function file(): string {
  const rows = Array.from({ length: people }, (_, index) => {
    const number = `K-${String(index + 1).padStart(2, '0')}`
    return `${number};Jörg;Weiß-${index};1980-02-29;Prüffeld ${index % 3};Prüfer;2027-01-01;38,5;${number === rejected ? '900,00' : '3.450,00'}`
  })
  const head =
    'personnel_number;first_name;last_name;birth_date;department;position;starts_on;weekly_hours;monthly_gross_eur'
  return [head, ...rows].join('\n')
}

function demo(): DemoProcess {
  running = startDemo({ dataDir: folder.path, employees })
  return running
}

/** Everything of the firm, as its auditor reads it through the endpoint. */
async function firm() {
  const platform = await startPlatform({ dataDir: join(folder.path, 'demo'), ports: 'free', log: () => {} })
  try {
    const auditor = await askerOf(platform, 'auditor')
    type Firm = {
      employees: { edges: { node: { id: string; personnelNumber: string; status: string; onboarding: unknown[] } }[] }
      processes: { edges: { node: { state: string; subject: { id: string } } }[] }
      payrollAccounts: { edges: { node: { status: string; employee: { personnelNumber: string } } }[] }
      approvalRequests: { edges: { node: { status: string; subject: { personnelNumber: string } } }[] }
      releases: { edges: { node: { status: string } }[] }
      invoices: { edges: { node: { number: string; status: string; deliveries: unknown[] } }[] }
    }
    const { data, errors } = await auditor<Firm>(`{
      employees(first: 100) { edges { node { id personnelNumber status onboarding { id } } } }
      processes(first: 100, filter: { definition: "hireEmployee" }) { edges { node { state subject { ... on Employee { id } } } } }
      payrollAccounts(first: 100) { edges { node { status employee { personnelNumber } } } }
      approvalRequests(first: 100, filter: { policy: "employment-contract" }) {
        edges { node { status subject { ... on Employee { personnelNumber } } } }
      }
      releases: approvalRequests(first: 100, filter: { policy: "invoice-above-limit" }) { edges { node { status } } }
      invoices(first: 100) { edges { node { number status deliveries { messageId } } } }
    }`)
    expect(errors).toEqual([])
    return data
  } finally {
    await platform.stop()
  }
}

/** Holds the firm to it: everybody is there once, everything begun has ended, and nothing was done twice. */
async function expectHiredOnce() {
  const { employees, processes, payrollAccounts, approvalRequests, releases, invoices } = await firm()
  const numbers = Array.from({ length: people }, (_, index) => `K-${String(index + 1).padStart(2, '0')}`)
  const ends = <End>(hired: End, withdrawn: End) =>
    numbers.map((number) => [number, number === rejected ? withdrawn : hired])
  const sorted = (pairs: (readonly [string, unknown])[]) => pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  const nodes = employees.edges.map(({ node }) => node)
  const numberOf = new Map(nodes.map(({ id, personnelNumber }) => [id, personnelNumber]))

  expect(sorted(nodes.map(({ personnelNumber, status }) => [personnelNumber, status]))).toEqual(
    ends('ACTIVE', 'WITHDRAWN'),
  )
  expect(sorted(nodes.map(({ personnelNumber, onboarding }) => [personnelNumber, onboarding.length]))).toEqual(
    ends(5, 0),
  )
  expect(sorted(processes.edges.map(({ node }) => [numberOf.get(node.subject.id) ?? '', node.state]))).toEqual(
    ends('COMPLETED', 'COMPENSATED'),
  )
  expect(sorted(payrollAccounts.edges.map(({ node }) => [node.employee.personnelNumber, node.status]))).toEqual(
    ends('OPEN', 'CLOSED'),
  )
  expect(sorted(approvalRequests.edges.map(({ node }) => [node.subject.personnelNumber, node.status]))).toEqual(
    ends('APPROVED', 'REJECTED'),
  )
  // What was sold is invoiced once, without a gap, and mailed once.
  expect(invoices.edges.map(({ node }) => `${node.number.slice(0, 2)}${node.number.slice(-5)}`).sort()).toEqual([
    ...['RE00001', 'RE00002', 'RE00003', 'ST00001'],
  ])
  expect(invoices.edges.filter(({ node }) => node.status !== 'ISSUED' || node.deliveries.length !== 1)).toEqual([])
  expect(releases.edges.map(({ node }) => node.status)).toEqual(['APPROVED'])
}

/** A run is killed once it has said this: amid drafts, after its first approval, while sagas wait, amid invoices. */
const moments = [/drafted 3 of/, /approved 1: /, /sagas: .*\d+ waiting/, /issued and mailed/, /cancelled by/]

it('a demo killed after drafts, after approvals, while sagas wait and amid invoices is finished by the last one', async () => {
  for (const moment of moments) {
    const killed = demo()
    await killed.hasSaid(moment)
    await killed.kill()
    expect(await killed.ended).toBeNull()
  }
  const last = demo()
  expect(await last.ended, last.output()).toBe(0)
  await expectHiredOnce()

  const again = demo()
  expect(await again.ended, again.output()).toBe(0)
  expect(again.output()).toContain('nothing was created')
})

it('a demo killed at any moment, twice, is finished by the last one', async () => {
  const delays = [randomInt(longestRunMs), randomInt(longestRunMs)]
  for (const delayMs of delays) {
    const killed = demo()
    await killed.hasSaid(/the platform is ready/)
    await pass(delayMs)
    await killed.kill()
  }
  const last = demo()
  expect(await last.ended, `killed after ${delays.join(' and ')} ms; then ${last.output()}`).toBe(0)
  await expectHiredOnce()
})
