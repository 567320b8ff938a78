import { describe, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

const { ask, calls } = federateFolder(import.meta.dirname, {
  shop: {
    Query: {
      goods: () => [
        { __typename: 'Book', id: 'b' },
        { __typename: 'Film', id: 'f' },
      ],
    },
    Book: { weight: (_: unknown, { unit }: { unit: string }) => `3 ${unit}` },
    Film: { weight: (_: unknown, { unit }: { unit: string }) => `4 ${unit}` },
  },
  post: {
    Book: { rank: () => 1, fee: ({ weight }: { weight: string }) => `fee for ${weight}` },
    Film: { fee: ({ weight }: { weight: string }) => `fee for ${weight}` },
  },
})

describe('@requires of a field that is asked for by @skip or @include', () => {
  test('does not keep the other fields of its subgraph from being answered', async () => {
    const query = 'query ($fee: Boolean!) { goods { ... on Book { rank fee @include(if: $fee) } } }'
    expect(await ask(query, { fee: false })).toEqual({ data: { goods: [{ rank: 1 }, {}] } })
    expect(calls.at(-1)?.variables.representations).toEqual([{ __typename: 'Book', id: 'b' }])
    expect(await ask(query, { fee: true })).toEqual({ data: { goods: [{ rank: 1, fee: 'fee for 3 kg' }, {}] } })
  })

  test('is asked for apart from a contradicting one, each with the variables it uses', async () => {
    const query = 'query ($no: Boolean!) { goods { ... on Film { fee } ... on Book { fee @skip(if: $no) } } }'
    const goods = (no: boolean) => [no ? {} : { fee: 'fee for 3 kg' }, { fee: 'fee for 4 g' }]
    for (const no of [true, false]) expect(await ask(query, { no })).toEqual({ data: { goods: goods(no) } })
  })
})
