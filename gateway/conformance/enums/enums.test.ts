import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask } = federateFolder(import.meta.dirname, {
  orders: { Query: { orders: (_: unknown, args: { in?: string }) => [{ id: args.in ?? 'none', colour: 'RED' }] } },
  stock: { Query: { left: () => 3, paint: () => ['BLUE', 'GREEN'] } },
})

test('of an enum that is given out, clients may get the values of every subgraph', async () => {
  expect(await ask('{ orders { colour } paint }')).toEqual({
    data: { orders: [{ colour: 'RED' }], paint: ['BLUE', 'GREEN'] },
  })
})

test('of an enum that is taken in, clients may send only the values all subgraphs know', async () => {
  const query = 'query ($state: State) { orders(in: $state) { id } left(in: $state) }'
  expect(await ask(query, { state: 'OPEN' })).toEqual({ data: { orders: [{ id: 'OPEN' }], left: 3 } })
  for (const state of ['PAID', 'LOST'])
    expect(await ask(query, { state })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})
