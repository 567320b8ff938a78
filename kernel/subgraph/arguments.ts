import { GraphQLError, type GraphQLSchema, isObjectType } from 'graphql'
import { unstorable } from '../command/index.ts'
import { isId } from './connection.ts'

/**
 * Refuses texts that no row can hold before a resolver asks the database for them, and says in which argument
 * they stand. What mutations are given the command pipeline checks.
 */
export function checkArguments(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || type === schema.getMutationType()) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      const { resolve, subscribe } = field
      if (resolve) field.resolve = (parent, args, context, about) => resolve(parent, checked(args), context, about)
      if (subscribe)
        field.subscribe = (parent, args, context, about) => subscribe(parent, checked(args), context, about)
    }
  }
}

function checked(args: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(args)) {
    const mistake = unstorable(value, name)
    if (mistake) throw badInput(mistake)
  }
  return args
}

/** The id a filter names, or nothing. One that is none is refused: there is nothing it could find. */
export function filterId(filter: Readonly<Record<string, unknown>> | null | undefined, name: string) {
  const given = filter?.[name]
  if (given === null || given === undefined) return undefined
  if (typeof given === 'string' && isId(given)) return given
  throw badInput(`filter.${name}: give an id as this platform gives them (a UUID)`)
}

/** What a caller must put right, told before anything is read. */
export const badInput = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
