import { type Platform, personOf, type Role, roles } from '@steinmetz/stack'
import { z } from 'zod'
import { type Request, startApprover } from './acts/approver.ts'
import { type Drafting, draftEmployees } from './acts/clerk.ts'
import { invoiceSales } from './acts/invoicing.ts'
import type { Tally } from './acts/mutations.ts'
import { type Attempt, tryOwnApproval } from './acts/ownApproval.ts'
import { type SagaCounts, sagaCounts, sagaList, untilAllSagasEnded } from './acts/sagas.ts'
import { type Ask, asker, type Operation } from './endpoint/endpoint.ts'
import { readAll } from './endpoint/pages.ts'
import { bookChecksOf } from './report/bookChecks.ts'
import { type Books, readBooks } from './report/books.ts'
import { type Check, checksOf, type Findings, trailIsComplete } from './report/checks.ts'
import { departmentsCreated, employeeOf } from './report/expectedChanges.ts'
import type { Progress } from './report/progress.ts'
import { countChanges, draftRecordList, employeeList, readChanges } from './report/records.ts'
import type { Row } from './roster/roster.ts'

/** What a run did and found. */
export type Report = {
  findings: Findings
  refused: Drafting['refused']
  tally: Tally
  counts: SagaCounts
  checks: Check[]
  numberOf: (employeeId: string) => string
}

/** After this long without a new record, what is missing will not come. */
const trailPatienceMs = 30_000
const trailPollMs = 250

/**
 * Hires the employees of the rows through the public endpoint, with the clerk, the approver and the auditor
 * each asking under a token of their own, waits until every saga has ended, and reads back what came of it.
 * `begun` is when the run began, before the platform was started.
 */
export async function hire(
  platform: Platform,
  rows: readonly Row[],
  { progress, signal, begun }: { progress: Progress; signal: AbortSignal; begun: Date },
): Promise<Report> {
  const auditor = await askerOf(platform, 'auditor')
  const employeesBefore = await countEmployees(auditor)
  const tally: Tally = { made: 0, refused: 0, replayed: 0 }
  const { drafting, attempt } = await draftAndDecide(platform, rows, { auditor, tally, progress, signal })

  progress.update('reading back what came of it')
  const { drafted, refused } = drafting
  const numberOf = naming(drafting)
  const findings = { ...(await readBack(auditor, drafted, signal)), attempt }
  const counts = await sagaCounts(auditor)
  const checks = checksOf(findings, roleOf)
  if (tally.made === 0) checks.push(await nothingCreated(auditor, { begun, employeesBefore }))
  progress.done(`read back ${findings.employees.size} employees and their audit trail`)
  return { findings, refused, tally, counts, checks, numberOf }
}

async function draftAndDecide(
  platform: Platform,
  rows: readonly Row[],
  { auditor, tally, progress, signal }: { auditor: Ask; tally: Tally; progress: Progress; signal: AbortSignal },
): Promise<{ drafting: Drafting; attempt: Attempt | undefined }> {
  const clerk = await askerOf(platform, 'clerk')
  const deciding = await decidingClerk(platform)
  const first = Promise.withResolvers<string | undefined>()
  let attempt: Attempt | undefined
  let decided = 0
  const approver = startApprover({
    ask: await askerOf(platform, 'approver'),
    wsEndpoint: platform.wsEndpoint,
    token: await platform.mintToken({ role: 'approver' }),
    tally,
    async beforeDeciding(request: Request) {
      if (request.subject?.id === (await first.promise)) attempt = await tryOwnApproval(deciding, request, tally)
    },
    onDecided: (verdict, { subject }, replayed) =>
      progress.update(`${verdict}${replayed ? ' before' : ''} ${++decided}: ${subject?.personnelNumber}`),
    onLost: (why) => progress.done(`the subscription was lost (${why}) and is opened again`),
  })

  const work = async () => {
    const onProgress = (what: string) => progress.update(what)
    const drafting = await draftEmployees(clerk, rows, { tally, onFirst: first.resolve, onProgress })
    progress.done(`${drafting.drafted.length} of ${rows.length} employees are drafted`)
    await untilAllSagasEnded(auditor, {
      expected: await countEmployees(auditor),
      signal,
      onProgress: (counts) => progress.update(`sagas: ${told(counts)}`),
    })
    await approver.repeatEarlierDecisions(new Set(drafting.drafted.map(({ employeeId }) => employeeId)))
    progress.done(`every saga has ended: ${told(await sagaCounts(auditor))}`)
    return { drafting, attempt }
  }
  try {
    return await Promise.race([work(), approver.failure, aborted(signal)])
  } finally {
    first.resolve(undefined)
    await approver.stop()
  }
}

/**
 * Goes on where hiring has ended: the clerk invoices what was sold, the approver releases what is above the
 * limit, and the auditor reads the books. `on` is the day on which open items are looked at.
 */
export async function invoice(
  platform: Platform,
  { tally, progress, signal, on }: { tally: Tally; progress: Progress; signal: AbortSignal; on: Date },
): Promise<{ books: Books; checks: Check[] }> {
  const clerk = await askerOf(platform, 'clerk')
  const approver = await askerOf(platform, 'approver')
  const onProgress = (what: string) => progress.update(what)
  const sold = await invoiceSales({ clerk, approver, tally, signal, onProgress })
  const books = await readBooks(await askerOf(platform, 'auditor'), sold, on.toISOString().slice(0, 10))
  progress.done(`${sold.length} invoices are written and mailed into ${platform.mailFolder}`)
  return { books, checks: bookChecksOf(books, roleOf) }
}

/** The trail and the read side follow the changes by a moment: they are read until they are complete. */
async function readBack(
  ask: Ask,
  drafted: Drafting['drafted'],
  signal: AbortSignal,
): Promise<Omit<Findings, 'attempt'>> {
  const ours = new Set(drafted.map(({ employeeId }) => employeeId))
  const employees = new Map((await readAll(ask, employeeList)).map((one) => [one.id, one]))
  const sagas = Map.groupBy(await readAll(ask, sagaList), ({ subject }) => subject?.id ?? '')
  let counted = -1
  let movedAt = performance.now()
  for (;;) {
    signal.throwIfAborted()
    // Counting is cheap, reading the whole trail is not: it is read once it has come to rest.
    const count = await countChanges(ask)
    if (count === counted) {
      const trail = await readChanges(ask)
      const changes = Map.groupBy(trail, (record) => employeeOf(record) ?? '')
      const found = { drafted, employees, sagas, changes, departments: departmentsCreated(trail) }
      if (trailIsComplete(found) || performance.now() - movedAt > trailPatienceMs) {
        const records = await readAll(ask, draftRecordList)
        const drafts = new Map(records.filter(({ entityId }) => ours.has(entityId)).map((one) => [one.entityId, one]))
        return { ...found, drafts }
      }
    } else {
      counted = count
      movedAt = performance.now()
    }
    await new Promise((resolve) => setTimeout(resolve, trailPollMs))
  }
}

/** Holds a run of replays to its word. What sagas of a killed run still did meanwhile was begun earlier. */
async function nothingCreated(
  ask: Ask,
  { begun, employeesBefore }: { begun: Date; employeesBefore: number },
): Promise<Check> {
  const changes = (await readChanges(ask, begun)).filter(({ service }) => service === 'gateway')
  const employees = await countEmployees(ask)
  return {
    expectation: 'a run of replays creates nothing',
    found: [
      ...(employees === employeesBefore ? [] : [`there were ${employeesBefore} employees, now there are ${employees}`]),
      ...changes.map(({ command, entity }) => `${command} changed ${entity}`),
    ],
  }
}

const employeeCount: Operation<{ employees: { totalCount: number } }> = {
  document: 'query EmployeeCount { employees(first: 1) { totalCount } }',
  data: z.object({ employees: z.object({ totalCount: z.number() }) }),
}

async function countEmployees(ask: Ask): Promise<number> {
  return (await ask(employeeCount)).data.employees.totalCount
}

async function askerOf({ endpoint, mintToken }: Platform, role: Role): Promise<Ask> {
  return asker(endpoint, await mintToken({ role }))
}

/** The clerk with one right more, so that it is the four-eyes rule that holds him back and not a missing right. */
async function decidingClerk({ endpoint, mintToken }: Platform): Promise<Ask> {
  const scope = 'hr:read approvals:read approvals:decide processes:read'
  return asker(endpoint, await mintToken({ role: 'clerk', claims: { scope } }))
}

export function roleOf(person: string): string {
  return roles.find((role) => personOf(role).person === person) ?? person
}

function naming({ drafted }: Drafting): (employeeId: string) => string {
  const numbers = new Map(drafted.map(({ row, employeeId }) => [employeeId, row.personnelNumber]))
  return (employeeId) => numbers.get(employeeId) ?? ''
}

function told(counts: SagaCounts): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0)
  return some.map(([state, count]) => `${count} ${state.toLowerCase()}`).join(', ') || 'none yet'
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason as Error)
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}
