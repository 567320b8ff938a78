import { expect, test } from 'vitest'
import type { OpenEvents } from '../../engine/subscribe.ts'
import { federateFolder } from '../federation.ts'

const { engine } = federateFolder(import.meta.dirname, {
  ledger: {},
  bank: {
    Account: { balance: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}` },
  },
})

/** As one upstream that several listen to gives them all the same event. */
function sharedEvent(): OpenEvents {
  const value = { data: { changed: { number: 1, account: { __typename: 'Account', id: 'a' } } } }
  return () => ({ next: async () => ({ done: false, value }), return: async () => undefined })
}

test('an event that several hear is completed for each with what is asked there', async () => {
  const open = sharedEvent()
  const query = 'subscription ($currency: String!) { changed { number account { balance(currency: $currency) } } }'
  const heard = ['EUR', 'USD'].map(async (currency) => {
    const started = await engine.subscribe({ query, variables: { currency }, context: undefined }, open)
    if ('refused' in started) throw new Error(started.body)
    return JSON.parse((await started.next()).value?.body ?? '')
  })
  const changed = (balance: string) => ({ data: { changed: { number: 1, account: { balance } } } })
  expect(await Promise.all(heard)).toEqual([changed('a in EUR'), changed('a in USD')])
})

test('an error of an event is told no deeper than the client asked', async () => {
  const changed = { number: 1, account: { __typename: 'Account', id: 'a' } }
  const value = { data: { changed }, errors: [{ message: 'a stale key', path: ['changed', 'account', 'id'] }] }
  const open: OpenEvents = () => ({ next: async () => ({ done: false, value }), return: async () => undefined })
  const query = 'subscription { changed { number account { balance(currency: "EUR") } } }'
  const started = await engine.subscribe({ query, context: undefined }, open)
  if ('refused' in started) throw new Error(started.body)
  expect(JSON.parse((await started.next()).value?.body ?? '')).toMatchObject({
    data: { changed: { number: 1, account: { balance: 'a in EUR' } } },
    errors: [{ message: 'a stale key', path: ['changed', 'account'] }],
  })
})
