import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const told = (_: unknown, args: object) => JSON.stringify(args)

const { ask } = federateFolder(import.meta.dirname, {
  orders: { Query: { orders: told } },
  stock: { Query: { left: told } },
})

test('an input has the fields all subgraphs know, as strict as the strictest', async () => {
  const query = 'query ($by: Filter) { orders(by: $by) left(by: $by) }'
  const by = '{"by":{"name":"x","first":3}}'
  expect(await ask(query, { by: { name: 'x' } })).toEqual({ data: { orders: by, left: by } })
  for (const by of [{ first: 1 }, { name: 'x', colour: 'red' }, { name: 'x', shelf: 1 }])
    expect(await ask(query, { by })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

test('values within the document and in variables arrive alike', async () => {
  const within = '{ left(by: { name: "a \\"b\\"", first: null }, names: [["x"], null, []]) }'
  const variables = { name: 'a "b"', names: [['x'], null, []] }
  const query = 'query ($name: String!, $names: [[String!]]) { left(by: { name: $name, first: null }, names: $names) }'
  const left = '{"by":{"name":"a \\"b\\"","first":null},"names":[["x"],null,[]]}'
  expect(await ask(within)).toEqual({ data: { left } })
  expect(await ask(query, variables)).toEqual({ data: { left } })
})
