import { expect, test } from 'vitest'
import { createEngine, openPlannerHere } from '../../engine/index.ts'
import { federateFolder } from '../federation.ts'

const item = (told: string) => ({
  __resolveReference: () => ({ id: '1' }),
  a: () => told,
  b: () => told,
  c: () => told,
})

const { supergraphSdl, transport, engine, calls } = federateFolder(import.meta.dirname, {
  old: { Query: { item: () => ({ id: '1' }) }, Item: item('old') },
  fresh: { Item: item('fresh') },
})
const query = '{ item { a b c } }'
const answerOf = ({ body }: { body: string }) => Object.values(JSON.parse(body).data.item).join(' ')

test('a field moves for the request that says its label is on, and for no other', async () => {
  expect(answerOf(await engine.execute({ query, context: undefined }))).toBe('old old old')
  expect(calls.splice(0).map(({ service }) => service)).toEqual(['old'])
  const on = await engine.execute({ query, context: undefined, overrides: ['percent(30)', 'unknown'] })
  expect(answerOf(on)).toBe('old fresh old')
  expect(calls.map(({ service }) => service)).toEqual(['old', 'fresh'])
})

test('a field moves for the labels that are on, and for as many of a hundred as it says', async () => {
  const planner = openPlannerHere(supergraphSdl)
  const trial = createEngine<number>({ planner, transport, overrides: { on: ['trial'], draw: (number) => number } })
  const answers = await Promise.all([0, 29.9, 30, 99.9].map((context) => trial.execute({ query, context })))
  expect(answers.map(answerOf)).toEqual(['fresh fresh old', 'fresh fresh old', 'fresh old old', 'fresh old old'])
})
