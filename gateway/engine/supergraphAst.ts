import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  type TypeNode,
} from 'graphql'

/** A type of the supergraph that has fields. */
export type FieldsTypeNode = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode

export function hasFields(node: { kind: string }): node is FieldsTypeNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION
}

/** The types with fields of a supergraph, by name. */
export function fieldsTypes(supergraph: DocumentNode): Map<string, FieldsTypeNode> {
  return new Map(supergraph.definitions.filter(hasFields).map((node) => [node.name.value, node]))
}

/** The value of a string, enum or boolean argument of a directive, as it was written. */
export function argumentOf(directive: ConstDirectiveNode, name: string): string | boolean | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value
  if (value?.kind === Kind.STRING || value?.kind === Kind.ENUM || value?.kind === Kind.BOOLEAN) return value.value
  return undefined
}

/** The same directive with the string argument `name` set to `value`. */
export function withArgument(directive: ConstDirectiveNode, name: string, value: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === name ? { ...argument, value: { kind: Kind.STRING, value } } : argument,
    ),
  }
}

/** The selections of a field set as `@key`, `@requires` and `@fromContext` write it: with or without the outer braces. */
export function parseFieldSet(fieldSet: string): readonly SelectionNode[] {
  const text = fieldSet.trim().startsWith('{') ? fieldSet : `{${fieldSet}}`
  const [definition] = parse(text, { noLocation: true }).definitions
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : []
}

export function printFieldSet(selections: readonly SelectionNode[]): string {
  const node: SelectionSetNode = { kind: Kind.SELECTION_SET, selections }
  return stripIgnoredCharacters(print(node)).slice(1, -1)
}

export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}

/** The definition of `field` on the type called `typeName`, if the supergraph has it. */
export function fieldOf(
  types: ReadonlyMap<string, FieldsTypeNode>,
  typeName: string,
  field: string,
): FieldDefinitionNode | undefined {
  return types.get(typeName)?.fields?.find((candidate) => candidate.name.value === field)
}

export function isJoinField(directive: ConstDirectiveNode): boolean {
  return directive.name.value === 'join__field'
}
