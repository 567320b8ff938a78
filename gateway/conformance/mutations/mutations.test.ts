import { beforeEach, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const no = (message: string): never => {
  throw new Error(message)
}
// What happened, in its order.
let log: string[] = []
beforeEach(() => {
  log = []
})
const happens = async (what: string) => {
  // A later one would overtake it if it did not wait.
  if (log.length === 0) await new Promise((resolve) => setImmediate(resolve))
  log.push(what)
}
const deposited = () => log.filter((what) => what.startsWith('deposit')).length

const { ask, calls } = federateFolder(import.meta.dirname, {
  bank: {
    Query: { account: () => ({ id: 'a' }) },
    Mutation: {
      deposit: async (_: unknown, { cents }: { cents: number }) => {
        await happens(`deposit ${cents}`)
        return { id: 'a', cents: deposited() }
      },
      refuse: () => no('refused'),
      halt: () => no('halted'),
    },
  },
  ledger: {
    Mutation: {
      book: async (_: unknown, { text }: { text: string }) => {
        await happens(`book ${text}`)
        return log.length
      },
    },
    Account: { entries: () => log.length },
  },
})

test('mutations of one subgraph are executed in series', async () => {
  expect(await ask('mutation { a: deposit(cents: 1) { cents } b: deposit(cents: 2) { cents } }')).toEqual({
    data: { a: { cents: 1 }, b: { cents: 2 } },
  })
  expect(log).toEqual(['deposit 1', 'deposit 2'])
})

test('mutations of several subgraphs are executed in series, in the order of the client', async () => {
  const query = `mutation ($text: String!) {
    z: deposit(cents: 1) { cents }
    book(text: $text)
    a: deposit(cents: 2) { cents }
    last: book(text: "y")
  }`
  expect(await ask(query, { text: 'x' })).toEqual({ data: { z: { cents: 1 }, book: 2, a: { cents: 2 }, last: 4 } })
  expect(log).toEqual(['deposit 1', 'book x', 'deposit 2', 'book y'])
})

test('what a mutation gives back is completed before the next begins', async () => {
  const apart = 'mutation { a: deposit(cents: 1) { entries } book(text: "x") b: deposit(cents: 2) { entries } }'
  expect(await ask(apart)).toEqual({ data: { a: { entries: 1 }, book: 2, b: { entries: 3 } } })
  log = []
  const together =
    'mutation { a: deposit(cents: 1) { cents entries } ...B } fragment B on Mutation { b: deposit(cents: 2) { entries } }'
  expect(await ask(together)).toEqual({ data: { a: { cents: 1, entries: 1 }, b: { entries: 2 } } })
})

test('mutations of one subgraph that need no other are one request', async () => {
  calls.length = 0
  await ask('mutation { a: deposit(cents: 1) { cents } refuse b: deposit(cents: 2) { cents } }')
  expect(calls).toHaveLength(1)
})

test('a mutation asked for in several places is executed once', async () => {
  const query = `mutation ($more: Boolean!) {
    a: deposit(cents: 1) { cents }
    book(text: "x")
    ... @include(if: $more) { a: deposit(cents: 1) { id entries } ...More }
    ...More @skip(if: $more)
  }
  fragment More on Mutation { a: deposit(cents: 1) { __typename } last: book(text: "y") }`
  for (const more of [true, false]) {
    log = []
    const a = { cents: 1, ...(more && { id: 'a', entries: 1 }), __typename: 'Account' }
    expect(await ask(query, { more })).toEqual({ data: { a, book: 2, last: 3 } })
    expect(log).toEqual(['deposit 1', 'book x', 'book y'])
  }
})

test('one that fails does not keep the next from being executed', async () => {
  expect(await ask('mutation { refuse book(text: "x") }')).toMatchObject({
    data: { refuse: null, book: 1 },
    errors: [{ message: 'refused', path: ['refuse'] }],
  })
})

test('one that must not be null takes the answer along', async () => {
  expect(await ask('mutation { deposit(cents: 1) { cents } halt }')).toMatchObject({
    data: null,
    errors: [{ message: 'halted', path: ['halt'] }],
  })
})

test('a mutation is sent once, as a mutation, whatever its answer is completed with', async () => {
  calls.length = 0
  await ask('mutation { deposit(cents: 1) { entries } }')
  expect(calls.map(({ service, query }) => [service, query.startsWith('mutation')])).toEqual([
    ['bank', true],
    ['ledger', false],
  ])
})
