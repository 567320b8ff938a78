import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createPool } from '@steinmetz/kernel/database'
import { otherChanges, type Shape, type StepChange, stepChanges } from './domain/difference.ts'

const usage = `Usage: npm run process-versions -- NAME FROM TO [--database URL]

Prints what version TO of a process does differently from version FROM, such as: hireEmployee 1 2. With the URL of a
running platform's database of processes, as the role processes_engine, also how many processes stay on each; its
password is taken from PGPASSWORD or ~/.pgpass.
`

/** Where each published version lies as people read it. */
const published = join(import.meta.dirname, '../../saga-worker/published')

/** What differs between two published versions of a process, as lines of text. */
export function difference(before: Shape, after: Shape): string {
  const changes = stepChanges(before, after)
  const others = otherChanges(before, after).map(
    (name) => `  CHANGED  ${name}: ${JSON.stringify(before[name])} -> ${JSON.stringify(after[name])}`,
  )
  const lines = [...changes.flatMap(linesOf), ...others]
  return [...(lines.length > 0 ? lines : ['  nothing is different']), ''].join('\n')
}

function linesOf({ name, change, before, after }: StepChange): string[] {
  const told = `  ${change.padEnd(8)} ${name}`
  if (change === 'MOVED') return [told]
  const parts = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (part) => part !== 'name',
  )
  const text = (step: typeof before, part: string) => JSON.stringify(step?.[part] ?? null)
  const differing = parts.filter((part) => text(before, part) !== text(after, part))
  return [
    told,
    ...differing.flatMap((part) => [
      ...(text(before, part) === 'null' ? [] : [`           - ${part} ${text(before, part)}`]),
      ...(text(after, part) === 'null' ? [] : [`           + ${part} ${text(after, part)}`]),
    ]),
  ]
}

/** How many processes of all tenants have not ended, by version, and how each version stands. */
export async function standing(connectionString: string, name: string): Promise<string> {
  const pool = createPool({ connectionString, max: 1 })
  try {
    const { rows: sight } = await pool.query<{ all: boolean }>(seesAll)
    if (!sight[0]?.all)
      throw new TypeError('--database: connect as the role processes_engine; this one sees no process')
    const { rows } = await pool.query<{ version: number; status: string; running: number }>(
      `select d.version, d.status, count(i.id)::int as running from saga.definition d
       left join saga.instance i on i.definition = d.name and i.definition_version = d.version and i.finished_at is null
       where d.name = $1 group by d.version, d.status order by d.version`,
      [name],
    )
    return rows
      .map(({ version, status, running }) => `  version ${version} is ${status}, ${running} run on it\n`)
      .join('')
  } finally {
    await pool.end()
  }
}

/** Whoever is not the engine would count nothing, and nobody would know. */
const seesAll = `
  select exists (select from pg_policies, unnest(roles) as role
    where schemaname = 'saga' and tablename = 'instance' and policyname = 'engine' and pg_has_role(role, 'usage')) as all`

function shapeOf(name: string, version: string): Shape {
  const file = `${name}.${version}.json`
  const known = readdirSync(published).filter((one) => one.endsWith('.json'))
  if (known.includes(file)) return JSON.parse(readFileSync(join(published, file), 'utf8'))
  const ids = known.map((one) => one.replace('.json', '').replace('.', ' '))
  throw new TypeError(`${name} ${version} is not published; these are: ${ids.join(', ')}`)
}

/** Runs the command line: prints the difference and nothing else, or says on standard error what is wrong. */
async function run(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { database: { type: 'string' } },
      allowPositionals: true,
    })
    const [name, from, to, ...more] = positionals
    if (!name || !from || !to || more.length > 0) throw new TypeError(usage)
    process.stdout.write(
      `${name}, from version ${from} to ${to}\n${difference(shapeOf(name, from), shapeOf(name, to))}`,
    )
    if (values.database) process.stdout.write(await standing(values.database, name))
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message.trim() : error}\n`)
    return 1
  }
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2))
