import { createReadStream } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Platform, startPlatform } from '@steinmetz/stack'
import { readOptions, usage } from './options.ts'
import { invoicesTable, openItemsTable } from './report/bookTables.ts'
import { departmentsOf } from './report/checks.ts'
import { progressOn } from './report/progress.ts'
import {
  attemptLine,
  checksTable,
  countsTable,
  employeesTable,
  mistakesTable,
  rolledBack,
  tallyLine,
} from './report/summary.ts'
import { sealedTable, trailTable } from './report/trail.ts'
import { type Mistake, type Roster, readRoster } from './roster/roster.ts'
import { hire, invoice, type Report, roleOf } from './run.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const shippedFile = join(root, 'demo', 'employees.csv')
const draftsShown = 3
const sameSignalMs = 1_000

const progress = progressOn(process.stderr, () => performance.now())
const print = (text: string) => void process.stdout.write(text)

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    print(usage)
    return 0
  }
  const begun = new Date()
  // npm runs in the checkout, wherever it was called from.
  const file = options.employees ? resolve(process.env.INIT_CWD ?? '.', options.employees) : shippedFile
  const roster = await read(file)
  progress.done(`read ${nameOf(file)}: ${roster.rows.length} employees, ${roster.mistakes.length} mistakes`)
  if (roster.rows.length === 0) {
    print(mistakesTable(nameOf(file), roster.mistakes))
    return 1
  }

  const stopped = stopSignal()
  const platform = await startPlatform({
    dataDir: join(process.env.DATA_DIR || join(root, '.data'), 'demo'),
    ports: 'free',
    reset: options.reset,
    log: progress.done,
    env: process.env,
    signal: stopped.signal,
    onFailure: (error) => stopped.abort(error),
  })
  progress.done(`the platform is ready at ${platform.endpoint}`)
  const done = await workAndStop(platform, roster, { signal: stopped.signal, begun })
  return tell(nameOf(file), roster.mistakes, done)
}

/** What a run did: first it hired, then it wrote invoices. */
type Done = { report: Report; invoiced: Awaited<ReturnType<typeof invoice>> }

async function workAndStop(
  platform: Platform,
  { rows }: Roster,
  { signal, begun }: { signal: AbortSignal; begun: Date },
): Promise<Done> {
  try {
    const report = await hire(platform, rows, { progress, signal, begun })
    const invoiced = await invoice(platform, { tally: report.tally, progress, signal, on: begun })
    return { report, invoiced }
  } finally {
    await platform.stop()
    progress.done('the platform is stopped')
  }
}

/** Prints everything, the longest first, so that what counts stands last. Gives the exit code. */
function tell(file: string, mistakes: Mistake[], { report, invoiced }: Done): number {
  const { findings, refused, tally, counts, numberOf } = report
  const checks = [...report.checks, ...invoiced.checks]
  const changes = [
    ...departmentsOf(findings.drafted).flatMap((name) => findings.departments.get(name) ?? []),
    ...findings.drafted.flatMap(({ employeeId }) => findings.changes.get(employeeId) ?? []),
  ]
  const notHired = [...mistakes, ...refused].sort((a, b) => a.line - b.line)
  const drafts = [...findings.drafts.values()].slice(0, draftsShown)
  print(trailTable(changes, { roleOf, numberOf }))
  print(sealedTable(drafts, numberOf))
  print(employeesTable(findings))
  print(rolledBack(findings))
  print(attemptLine(findings.attempt))
  print(invoicesTable(invoiced.books, roleOf))
  print(openItemsTable(invoiced.books))
  print(countsTable(findings, counts))
  print(checksTable(checks))
  print(mistakesTable(file, notHired))
  print(tallyLine(tally))

  const unmet = checks.filter(({ found }) => found.length > 0).length
  if (unmet > 0) print(`\n${unmet} of ${checks.length} checks failed.\n`)
  else
    print(
      `\nAll ${checks.length} checks hold.${notHired.length > 0 ? ` ${notHired.length} lines of the file need attention.` : ''}\n`,
    )
  return unmet > 0 || notHired.length > 0 ? 1 : 0
}

async function read(file: string): Promise<Roster> {
  try {
    return await readRoster(createReadStream(file))
  } catch (error) {
    throw new Error(`${nameOf(file)} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function nameOf(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') ? file : near
}

/**
 * Ends the run in order at Ctrl-C or SIGTERM: what is under way is finished, and nothing is left behind. A
 * second Ctrl-C ends it at once; the one that npm passes on beside the terminal's is not a second.
 */
function stopSignal(): AbortController {
  const controller = new AbortController()
  let firstAt: number | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (firstAt !== undefined && performance.now() - firstAt > sameSignalMs) process.exit(1)
    firstAt ??= performance.now()
    controller.abort(new Error(`stopped by ${signal}; run again to go on`))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller
}

// Whatever a service may have left open, the run is over when its report is printed.
try {
  process.exit(await main())
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
