import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isNonNullType,
  isUnionType,
} from 'graphql'

/** Gives the next decision, from 0 to below `choices`. */
export type Decide = (choices: number) => number

/** Reads decisions off a tape of numbers, so that a failing query shrinks with its tape. */
export function decisions(tape: readonly number[]): Decide {
  let at = 0
  return (choices) => (tape[at++ % tape.length] ?? 0) % choices
}

/**
 * Writes a valid query for a schema: fields with aliases and arguments, fragments on concrete types, `@skip` and
 * `@include` by the variables `$yes`, `$no` and `$gone`, which is true. No two conditions contradict each other, which is
 * more than the planner can do with. Equal response names always mean the same field.
 */
export function randomQuery(schema: GraphQLSchema, decide: Decide): string {
  const root = schema.getQueryType()
  if (!root) return ''
  const selection = selectionOf(schema, root, decide, 5)
  const variables = ['$yes', '$no', '$gone'].filter((name) => selection.includes(name))
  const declared = variables.map((name) => `${name}: Boolean!`).join(', ')
  return `query Random${declared && `(${declared})`} ${selection}`
}

function selectionOf(schema: GraphQLSchema, type: GraphQLCompositeType, decide: Decide, depth: number): string {
  const parts: string[] = []
  const fields = isUnionType(type) ? [] : Object.values(type.getFields())
  const usable = fields.filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)))
  const count = usable.length === 0 ? 0 : 1 + decide(4)
  for (let i = 0; i < count; i++) {
    const field = usable[decide(usable.length)]
    if (field) parts.push(fieldText(schema, field, decide, depth))
  }
  if (isAbstractType(type) && depth > 1) {
    const concrete = schema.getPossibleTypes(type)
    const narrowed = concrete[decide(concrete.length)]
    if (narrowed)
      parts.push(`... on ${narrowed.name}${condition(decide)} ${selectionOf(schema, narrowed, decide, depth - 1)}`)
  }
  if (parts.length === 0 || decide(4) === 0) parts.push('__typename')
  return `{ ${parts.join(' ')} }`
}

function fieldText(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  decide: Decide,
  depth: number,
): string {
  const args = field.args.flatMap((argument) => argumentText(argument, decide) ?? [])
  const type = getNamedType(field.type)
  // A name made of field and arguments can mean nothing else.
  const named = args.length > 0 || decide(3) === 0
  const alias = named ? `${field.name}_${args.join('_').replaceAll(/\W/g, '')}: ` : ''
  const call = `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${condition(decide)}`
  return isCompositeType(type) ? `${call} ${selectionOf(schema, type, decide, depth - 1)}` : call
}

function argumentText(argument: GraphQLArgument, decide: Decide): string | undefined {
  if (!isNonNullType(argument.type) && decide(2) === 0) return undefined
  const type = getNamedType(argument.type)
  if (isEnumType(type)) {
    const values = type.getValues()
    return `${argument.name}: ${values[decide(values.length)]?.name}`
  }
  return `${argument.name}: ${1 + decide(4)}`
}

function condition(decide: Decide): string {
  return ['', '', '', '', '', ' @include(if: $yes)', ' @skip(if: $gone)', ' @skip(if: $no)'][decide(8)] ?? ''
}
