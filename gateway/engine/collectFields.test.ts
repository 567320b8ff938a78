import { buildSchema, type FragmentDefinitionNode, Kind, parse } from 'graphql'
import { expect, test } from 'vitest'
import { collectFields } from './collectFields.ts'

test('collects fragments that spread each other twice in time proportional to their number', () => {
  const last = 40
  const spreads = Array.from(
    { length: last },
    (_, nth) => `fragment F${nth} on Query { ...F${nth + 1} ...F${nth + 1} }`,
  )
  const { definitions } = parse(`{ ...F0 } ${spreads.join(' ')} fragment F${last} on Query { a }`)
  const named = definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
  const fragments = new Map(named.map((fragment) => [fragment.name.value, fragment]))
  const [operation] = definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('there is an operation')
  const branch = { set: operation.selectionSet, shown: undefined }
  const fields = collectFields([branch], 'Query', buildSchema('type Query { a: Int }'), fragments)
  expect(fields.map(({ key, nodes }) => [key, nodes.length])).toEqual([['a', 1]])
})
