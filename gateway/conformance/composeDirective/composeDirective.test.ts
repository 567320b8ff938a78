import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  a: { Query: { one: () => 'one' } },
  b: { Query: { two: () => 'two' } },
})

test('directives composed for clients are accepted and kept from subgraphs', async () => {
  expect(await ask('{ one @trace two @trace(level: 2) }')).toEqual({ data: { one: 'one', two: 'two' } })
  expect(calls.map(({ query }) => query).join()).not.toContain('@trace')
})
