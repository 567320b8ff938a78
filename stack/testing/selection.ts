import { type GraphQLNamedType, getNamedType, isLeafType, isObjectType, isRequiredArgument, isUnionType } from 'graphql'

/**
 * All that can be asked of a type without arguments, so many objects deep; nothing of a scalar. What the
 * members of a union call alike need not be of one type: each is asked for under the member's name.
 */
export function selectionOf(type: GraphQLNamedType, deep: number, prefix = ''): string {
  if (isUnionType(type)) {
    const members = type
      .getTypes()
      .map((member) => `... on ${member.name} ${selectionOf(member, deep, `${member.name}_`)}`)
    return `{ __typename ${members.join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields()).filter(({ args }) => !args.some(isRequiredArgument))
  const selected = fields.flatMap((field) => {
    const named = getNamedType(field.type)
    const asked = prefix ? `${prefix}${field.name}: ${field.name}` : field.name
    if (isLeafType(named)) return [asked]
    return deep > 1 ? [`${asked} ${selectionOf(named, deep - 1)}`] : []
  })
  return `{ __typename ${selected.join(' ')} }`
}
