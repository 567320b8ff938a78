import { readFileSync } from 'node:fs'
import { buildSubgraphSchema } from '@apollo/subgraph'
import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
} from 'graphql'
import type { AnyCommand } from '../command/index.ts'
import type { StoredAnswer } from '../idempotency/index.ts'
import { checkArguments } from './arguments.ts'
import { isId } from './connection.ts'
import type { Context, MutationArguments, SubgraphDefinition } from './definition.ts'
import { guardFields } from './guard.ts'
import { scalars } from './scalars.ts'

export type ExecutableSubgraph<Client, Tools> = {
  readonly schema: GraphQLSchema
  readonly sdl: string
  /** The command behind a mutation, and whether only sagas may send it. */
  readonly commandOf: (mutation: string) => { command: AnyCommand<Client, Tools>; sagaOnly: boolean; payload: string }
}

/** Joins the contract with the code behind it. A mutation without a command, or the reverse, does not start. */
export function buildSchema<Client, Tools>(
  definition: SubgraphDefinition<Client, Tools>,
): ExecutableSubgraph<Client, Tools> {
  const sdl = readFileSync(definition.schema, 'utf8')
  const typeDefs = parse(sdl)
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolversOf(definition, typeDefs) as never }])
  matchCommands(definition, schema)
  resolvePayloads(definition, schema)
  resolveUnions(schema)
  checkArguments(schema)
  guardFields(schema)

  const mutations = new Map(
    definition.commands.map((command) => {
      const field = schema.getMutationType()?.getFields()[command.name]
      const sagaOnly = field?.astNode?.directives?.some(({ name }) => name.value === 'inaccessible') ?? false
      return [command.name, { command, sagaOnly, payload: payloadOf(field && getNamedType(field.type)) }]
    }),
  )
  return {
    schema,
    sdl,
    commandOf(mutation) {
      const found = mutations.get(mutation)
      if (!found) throw new TypeError(`no command is named ${mutation}`)
      return found
    },
  }
}

function resolversOf<Client, Tools>(definition: SubgraphDefinition<Client, Tools>, typeDefs: DocumentNode) {
  const named = (kind: string) =>
    typeDefs.definitions.flatMap((node) => (node.kind === kind && 'name' in node && node.name ? [node.name.value] : []))
  const used = named('ScalarTypeDefinition').map((name) => [name, scalars[name]])
  const references = Object.keys(definition.entities).map((name) => {
    const resolveReference = ({ id }: { id: string }, context: Context) =>
      context.load<object>(name, id).then((row) => row && { ...row, __typename: name })
    return [name, { __resolveReference: resolveReference, ...definition.fields[name] }]
  })
  // What another subgraph keeps is told here by its id alone. One that is none names nothing.
  const keyed = keyedTypes(typeDefs)
  const elsewhere = Object.keys(definition.fields)
    .filter((name) => !(name in definition.entities) && keyed.has(name))
    .map((name) => {
      const __resolveReference = (reference: { id: string }) => (isId(reference.id) ? reference : null)
      return [name, { __resolveReference, ...definition.fields[name] }]
    })
  const mutate = (name: string) => (_: unknown, args: MutationArguments, context: Context) => context.run(name, args)
  return {
    ...Object.fromEntries(used),
    ...definition.fields,
    ...Object.fromEntries([...references, ...elsewhere]),
    Query: definition.queries,
    ...(definition.commands.length > 0 && {
      Mutation: Object.fromEntries(definition.commands.map(({ name }) => [name, mutate(name)])),
    }),
    ...(definition.subscriptions && { Subscription: definition.subscriptions }),
  }
}

/** The types that other subgraphs may refer to. */
function keyedTypes({ definitions }: DocumentNode): ReadonlySet<string> {
  const types = definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION)
  const keyed = types.filter(({ directives }) => directives?.some(({ name }) => name.value === 'key'))
  return new Set(keyed.map(({ name }) => name.value))
}

function matchCommands<Client, Tools>({ name, commands }: SubgraphDefinition<Client, Tools>, schema: GraphQLSchema) {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {})
  const without = mutations.filter((mutation) => !commands.some((command) => command.name === mutation))
  const beyond = commands.filter((command) => !mutations.includes(command.name))
  if (without.length > 0) throw new TypeError(`${name}: no command stands behind ${without.join(', ')}`)
  if (beyond.length > 0)
    throw new TypeError(`${name}: no mutation is named ${beyond.map((one) => one.name).join(', ')}`)
}

/** A mutation's payload holds references; an entity in it is loaded afresh, for a replay as for the first answer. */
function resolvePayloads<Client, Tools>({ entities }: SubgraphDefinition<Client, Tools>, schema: GraphQLSchema): void {
  for (const mutation of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const payload = schema.getType(payloadOf(getNamedType(mutation.type))) as GraphQLObjectType
    for (const field of Object.values(payload.getFields())) {
      const entity = getNamedType(field.type).name
      if (!(entity in entities)) continue
      field.resolve = (parent: Record<string, { id: string } | null>, _, context: Context) => {
        const reference = parent[field.name]
        return reference ? context.load(entity, reference.id) : null
      }
    }
  }
}

/** A result is a payload or a Refusal: the member of the union that is not Refusal. */
function payloadOf(result: GraphQLNamedType | undefined): string {
  const members = isUnionType(result) ? result.getTypes().filter(({ name }) => name !== 'Refusal') : []
  if (members.length !== 1 || !members[0])
    throw new TypeError(`${result?.name} is not the union of a payload and Refusal`)
  return members[0].name
}

/** Members of a union are told apart by the type name their resolver has put on them. */
function resolveUnions(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isUnionType(type) || type.name.startsWith('_')) continue
    type.resolveType = (value: unknown) => (value as { __typename?: string }).__typename
    for (const member of type.getTypes())
      if (!isObjectType(member)) throw new TypeError(`${type.name} has a member that is no object type`)
  }
}

/** A stored answer as the result union's resolver gives it. */
export function asResult(answer: StoredAnswer, payload: string): object {
  if ('refusal' in answer) return { __typename: 'Refusal', code: answer.refusal.code, message: answer.refusal.message }
  return { __typename: payload, ...answer.payload }
}
