import { beforeEach, describe, expect, test } from 'vitest'
import { federateFolder } from '../federation.ts'

/** As each subgraph tells it, so that an answer shows whom it is from. */
const person = (by: string) => ({ id: '1', name: `Ada by ${by}`, employer: { id: 'c', title: `Works by ${by}` } })

describe('a field provided on a path', () => {
  const { ask, calls } = federateFolder(import.meta.dirname, {
    people: {
      Person: { __resolveReference: () => person('people') },
      Company: { __resolveReference: () => ({ id: 'c', title: 'Works by people', city: 'Ulm' }) },
    },
    reviews: {
      Query: { review: () => ({ author: person('reviews'), witness: person('reviews'), subject: person('reviews') }) },
    },
  })
  beforeEach(() => void calls.splice(0))
  const asked = () => calls.map(({ service }) => service)

  test('spares the second fetch', async () => {
    expect(await ask('{ review { author { name } } }')).toEqual({
      data: { review: { author: { name: 'Ada by reviews' } } },
    })
    expect(asked()).toEqual(['reviews'])
  })

  test('is not provided on another', async () => {
    expect(await ask('{ review { subject { name } } }')).toEqual({
      data: { review: { subject: { name: 'Ada by people' } } },
    })
    expect(asked()).toEqual(['reviews', 'people'])
  })

  test('may lie below another entity, whose other fields are not provided', async () => {
    expect(await ask('{ review { witness { employer { title } } } }')).toEqual({
      data: { review: { witness: { employer: { title: 'Works by reviews' } } } },
    })
    expect(asked()).toEqual(['reviews'])
    expect(await ask('{ review { witness { employer { city } } } }')).toEqual({
      data: { review: { witness: { employer: { city: 'Ulm' } } } },
    })
    expect(asked()).toEqual(['reviews', 'reviews', 'people'])
  })
})

describe('a field provided for one type of a union', () => {
  const titled = (by: string) => ({ title: ({ id }: { id: string }) => `${id} by ${by}` })
  const { ask, calls } = federateFolder(import.meta.dirname, {
    films: { Film: titled('films'), Song: titled('films') },
    charts: {
      Query: { top: () => ({ __typename: 'Film', id: 'f' }), bottom: () => ({ __typename: 'Song', id: 's' }) },
      Film: titled('charts'),
    },
  })

  test('spares the second fetch where that type stands', async () => {
    expect(await ask('{ top { ... on Film { title } } bottom { ... on Song { title } } }')).toEqual({
      data: { top: { title: 'f by charts' }, bottom: { title: 's by films' } },
    })
    expect(calls.map(({ variables }) => variables.representations)).toEqual([
      undefined,
      [{ __typename: 'Song', id: 's' }],
    ])
  })
})
