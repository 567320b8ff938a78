import { expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const shop = (id: string, currency: string, country: string, ...offers: string[]) => ({
  id,
  currency,
  address: { country },
  offers: offers.map((offer) => ({ id: offer })),
})
const market = { id: 'm', money: 'CHF', address: { country: 'CH' }, best: { id: 'o1' } }

const { ask, calls } = federateFolder(import.meta.dirname, {
  shops: {
    Query: {
      shops: () => [shop('s1', 'EUR', 'DE', 'o1', 'o2'), shop('s2', 'USD', 'US', 'o1')],
      market: () => ({ ...market, stalls: [[{ offer: { id: 'o2' } }, null], []] }),
    },
    Shop: { __resolveReference: (key: object) => key },
    Offer: {
      __resolveReference: (key: object) => key,
      price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
      customs: ({ id }: { id: string }, { from, to }: { from: string; to: string }) => `${id} from ${from} to ${to}`,
    },
  },
  stock: { Offer: { left: () => 3 } },
})

test('an argument has the value of the ancestor above each place', async () => {
  expect(await ask('{ shops { offers { price left } } }')).toEqual({
    data: {
      shops: [
        {
          offers: [
            { price: 'o1 in EUR', left: 3 },
            { price: 'o2 in EUR', left: 3 },
          ],
        },
        { offers: [{ price: 'o1 in USD', left: 3 }] },
      ],
    },
  })
  expect(calls.length).toBeGreaterThan(1)
})

test('several types may set one context, each with a field of its own', async () => {
  expect(await ask('{ market { best { price } } shops { offers { price } } }')).toEqual({
    data: {
      market: { best: { price: 'o1 in CHF' } },
      shops: [{ offers: [{ price: 'o1 in EUR' }, { price: 'o2 in EUR' }] }, { offers: [{ price: 'o1 in USD' }] }],
    },
  })
})

test('the value may lie deeper, and the client gives the other arguments', async () => {
  expect(await ask('query ($to: String!) { shops { offers { customs(to: $to) } } }', { to: 'AT' })).toEqual({
    data: {
      shops: [
        { offers: [{ customs: 'o1 from DE to AT' }, { customs: 'o2 from DE to AT' }] },
        { offers: [{ customs: 'o1 from US to AT' }] },
      ],
    },
  })
})

test('the ancestor is found above lists of lists and objects without a key', async () => {
  expect(await ask('{ market { stalls { offer { price } } } }')).toEqual({
    data: { market: { stalls: [[{ offer: { price: 'o2 in CHF' } }, null], []] } },
  })
})

test('a client neither sees nor gives the argument', async () => {
  expect(await ask('{ market { best { price(currency: "EUR") } } }')).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  })
  expect(await ask('{ __type(name: "Offer") { fields { name args { name } } } }')).toMatchObject({
    data: {
      __type: {
        fields: expect.arrayContaining([
          { name: 'price', args: [] },
          { name: 'customs', args: [{ name: 'to' }] },
        ]),
      },
    },
  })
})
