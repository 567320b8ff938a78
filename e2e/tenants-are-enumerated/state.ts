import { type Platform, type TenantName, tenants } from '@steinmetz/stack'
import pg from 'pg'
import { until } from '../platform.ts'

const stableReads = 4
const readEveryMs = 300

/** All that a firm has in the databases of the domains, once nothing is under way any more: a sum for each table. */
export async function stateOf(platform: Platform, domains: readonly string[], tenant: TenantName) {
  let last = ''
  let times = 0
  return until(async () => {
    const state = Object.fromEntries(
      await Promise.all(
        domains.map(async (domain) => [domain, await sumsOf(platform, domain, tenants[tenant])] as const),
      ),
    )
    const text = JSON.stringify(state)
    times = text === last ? times + 1 : 0
    last = text
    await new Promise((resolve) => setTimeout(resolve, readEveryMs))
    return times >= stableReads && state
  })
}

/** Reads as the service does, which sees the rows of the tenant it has set. */
async function sumsOf({ databases }: Platform, domain: string, tenantId: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: databases.url(domain, 'service') })
  await client.connect()
  try {
    await client.query("select set_config('app.tenant', $1, false)", [tenantId])
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')
         and has_schema_privilege(schemaname, 'usage')
         and has_table_privilege(format('%I.%I', schemaname, tablename), 'select')
       order by 1`,
    )
    const sums = tables.map(
      ({ name }) => `select '${name}' as name, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as sum
                     from ${name} t`,
    )
    const { rows } = await client.query<{ name: string; sum: string }>(sums.join(' union all '))
    return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]))
  } finally {
    await client.end()
  }
}
