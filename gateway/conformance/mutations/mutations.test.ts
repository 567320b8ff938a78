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
  const query = 'mutation { a: deposit(cents: 1) { entries } book(text: "x") b: deposit(cents: 2) { entries } }'
  expect(await ask(query)).toEqual({ data: { a: { entries: 1 }, book: 2, b: { entries: 3 } } })
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
