import {
  type ConstDirectiveNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql'
import type { Context } from './definition.ts'

type Field = GraphQLField<unknown, Context>
type Scopes = readonly (readonly string[])[]

/**
 * Puts a guard before every field for which the contract asks scopes, on itself or on its type. What is not
 * guarded must be open on purpose: a root field or an entity without `@requiresScopes` does not start.
 * Mutations are guarded by their commands' scope.
 */
export function guardFields(schema: GraphQLSchema): void {
  const mutation = schema.getMutationType()
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || type === mutation) continue
    const ofType = scopesOf(type)
    for (const field of Object.values(type.getFields())) {
      const ofField = scopesOf(field)
      if (mustBeGuarded(schema, type, field) && !ofType && !ofField)
        throw new TypeError(`${type.name}.${field.name} is open to everyone: say who may read it by @requiresScopes`)
      if (ofType) guard(type, field, ofType)
      if (ofField) guard(type, field, ofField)
    }
  }
}

/** Root fields, and whatever an entity tells beyond its key and what another subgraph has said already. */
function mustBeGuarded(schema: GraphQLSchema, type: GraphQLObjectType, field: Field): boolean {
  if (field.name.startsWith('_')) return false
  if (type === schema.getQueryType() || type === schema.getSubscriptionType()) return true
  if (!directives(type).some(({ name }) => name.value === 'key')) return false
  return field.name !== 'id' && !directives(field).some(({ name }) => name.value === 'external')
}

function guard(type: GraphQLObjectType, field: Field, scopes: Scopes): void {
  const allowed = ({ identity }: Context) => scopes.some((all) => all.every((scope) => identity.scopes.has(scope)))
  const refuse = () => {
    const needed = scopes.map((all) => all.join(' and ')).join(', or ')
    throw new GraphQLError(`${type.name}.${field.name} needs the scope ${needed}`, {
      extensions: { code: 'FORBIDDEN' },
    })
  }
  const guarded = (next: GraphQLFieldResolver<unknown, Context>): GraphQLFieldResolver<unknown, Context> => {
    return (parent, args, context, about) => (allowed(context) ? next(parent, args, context, about) : refuse())
  }
  if (field.subscribe) field.subscribe = guarded(field.subscribe)
  else field.resolve = guarded(field.resolve ?? ((parent) => property(parent, field.name)))
}

function property(parent: unknown, name: string): unknown {
  const value = (parent as Record<string, unknown>)[name]
  return typeof value === 'function' ? value.call(parent) : value
}

function scopesOf(of: GraphQLObjectType | Field): Scopes | undefined {
  const argument = directives(of)
    .find(({ name }) => name.value === 'requiresScopes')
    ?.arguments?.find(({ name }) => name.value === 'scopes')
  return argument && (valueFromASTUntyped(argument.value) as Scopes)
}

function directives(of: GraphQLObjectType | Field): readonly ConstDirectiveNode[] {
  const extensions = 'extensionASTNodes' in of ? of.extensionASTNodes : []
  return [of.astNode, ...extensions].flatMap((node) => node?.directives ?? [])
}
