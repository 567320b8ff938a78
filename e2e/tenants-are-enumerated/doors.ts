import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { internalTokenSigner } from '@steinmetz/kernel/auth'
import { type Platform, personOf, type Role, type TenantName, tenants } from '@steinmetz/stack'
import { argumentsOf, selectionOf, withIds } from '@steinmetz/stack/testing'
import fc from 'fast-check'
import { buildClientSchema, type GraphQLField, type GraphQLSchema, getIntrospectionQuery, getNamedType } from 'graphql'
import { type Answer, asker } from '../platform.ts'

export type Field = GraphQLField<unknown, unknown>
// biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
export type Data = any

/** Where the platform can be asked, for a tenant and with every right there is: nothing but the tenant is in the way. */
export type Door = {
  readonly name: string
  readonly schema: GraphQLSchema
  ask(tenant: TenantName, query: string, variables?: object): Promise<Answer<Data>>
}

/** The public door, as one person of each firm comes in. */
export async function gatewayDoor({ endpoint, issuerUrl, mintToken }: Platform, role: Role): Promise<Door> {
  const discovery = await fetch(`${issuerUrl}/.well-known/openid-configuration`)
  const { scopes_supported: scopes } = (await discovery.json()) as { scopes_supported: string[] }
  const asks = new Map(
    await Promise.all(
      tenantNames.map(async (tenant) => {
        const token = await mintToken({ role, tenant, claims: { scope: scopes.join(' ') } })
        return [tenant, asker(endpoint, token)] as const
      }),
    ),
  )
  const ask: Door['ask'] = (tenant, query, variables) =>
    (asks.get(tenant) ?? unknownTenant())<Data>(query, variables as Record<string, unknown>)
  return { name: 'gateway', schema: await schemaBehind(ask), ask }
}

/** A subgraph's own door, as the saga worker comes in: through it go references, and what processes alone may send. */
export async function subgraphDoor(platform: Platform, dataDir: string, name: string): Promise<Door> {
  const secrets = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'))
  const signer = internalTokenSigner({
    key: JSON.parse(secrets['saga-worker signing key']),
    service: 'saga-worker',
  })
  const askWith = (scopes: readonly string[]) => {
    const ask: Door['ask'] = (tenant, query, variables) => {
      const { person, account } = personOf('operator', tenant)
      const onBehalfOf = { person, account, session: 'session', address: '127.0.0.1' }
      const token = signer.sign({ tenantId: tenants[tenant], scopes: [...scopes], onBehalfOf })
      return asker(`${platform.serviceUrls[name]}/graphql`, token)<Data>(query, variables as Record<string, unknown>)
    }
    return ask
  }
  const schema = await schemaBehind(askWith([]))
  const { data } = await askWith([])('nordwind', '{ _service { sdl } }')
  const ofReading = [...String(data._service.sdl).matchAll(/"([a-z-]+:[a-z-]+)"/g)].map(([, scope = '']) => scope)
  const ofWriting = await Promise.all(
    Object.values(schema.getMutationType()?.getFields() ?? {}).map((mutation) => scopeOf(mutation, askWith([]))),
  )
  return { name, schema, ask: askWith([...ofReading, ...ofWriting]) }
}

type Kind = 'query' | 'mutation' | 'subscription'

/** An operation of one root field and what it is given, with everything that can be asked of it a few objects deep. */
export function operationOf(kind: Kind, field: Field, variables: object, deep = 4): string {
  const list = (parts: string[]) => (parts.length > 0 ? `(${parts.join(', ')})` : '')
  const args = field.args.filter(({ name }) => name in variables)
  const declared = list(args.map((one) => `$${one.name}: ${one.type}`))
  const given = list(args.map((one) => `${one.name}: $${one.name}`))
  return `${kind} ${declared} { ${field.name}${given} ${selectionOf(getNamedType(field.type), deep)} }`
}

const tenantNames = Object.keys(tenants) as TenantName[]

async function schemaBehind(ask: Door['ask']): Promise<GraphQLSchema> {
  const { data, errors } = await ask('nordwind', getIntrospectionQuery())
  if (!data) throw new Error(`there is no schema: ${errors[0]?.message}`)
  return buildClientSchema(data)
}

/** The scope of a mutation stands in its command alone; whoever lacks it is told. */
async function scopeOf(mutation: Field, ask: Door['ask']): Promise<string> {
  const nobody = '00000000-0000-4000-8000-000000000000'
  for (const generated of fc.sample(argumentsOf(mutation.args, 0), 50)) {
    const args = withIds(generated, () => nobody) as object
    const { errors } = await ask('nordwind', operationOf('mutation', mutation, args), args)
    const scope = /needs the scope (\S+)/.exec(errors[0]?.message ?? '')?.[1]
    if (scope) return scope
  }
  throw new Error(`${mutation.name} is refused to nobody`)
}

function unknownTenant(): never {
  throw new Error('there is no such tenant')
}
