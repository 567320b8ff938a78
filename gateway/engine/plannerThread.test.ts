import process from 'node:process'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { federateLibrary } from '../conformance/randomQueries/library.ts'
import { createEngine } from './engine.ts'
import { startPlannerThread } from './plannerThread.ts'
import type { PlannerHandle } from './supergraph.ts'

const federation = federateLibrary()
let planner: PlannerHandle

beforeAll(async () => {
  planner = await startPlannerThread(federation.supergraphSdl)
})
afterAll(() => planner.stop())

it('plans in its thread what it plans here', async () => {
  const engine = createEngine<undefined>({ planner, transport: federation.transport })
  const query = '{ authors { name works { title ... on Novel { postage } } } }'
  const { body } = await engine.execute({ query, context: undefined })
  expect(JSON.parse(body)).toEqual(await federation.ask(query))
  expect(engine.hottest(5)).toEqual([{ query, operationName: undefined, overrides: undefined }])
})

it('prepares operations ahead, so that their first caller waits for no plan', async () => {
  const engine = createEngine<undefined>({ planner, transport: federation.transport })
  await engine.warm([{ query: '{ authors { id } }' }, { query: '{ nothingLikeIt }' }])
  await engine.execute({ query: '{ authors { id } }', context: undefined })
  expect(engine.cache()).toMatchObject({ hits: 1, misses: 2 })
})

it('refuses what is no supergraph, with the reason', async () => {
  await expect(startPlannerThread('type Query { one: Int }')).rejects.toThrow('supergraph')
  await expect(startPlannerThread('no schema')).rejects.toThrow('Syntax Error')
})

it('is opened anew when its thread has died', async () => {
  const threads: Worker[] = []
  const begun = (thread: Worker) => void threads.push(thread)
  process.on('worker', begun)
  onTestFinished(() => void process.off('worker', begun))
  const dying = await startPlannerThread(federation.supergraphSdl)
  await threads[0]?.terminate()
  const request = { document: '{ authors { id } }', operationName: undefined, overrides: undefined }
  const plans = await Promise.all([dying.plan(request), dying.plan(request)])
  expect(plans).toMatchObject([{ serviceName: 'people' }, { serviceName: 'people' }])
  // One, for whoever asks meanwhile.
  expect(threads).toHaveLength(2)
  await dying.stop()
})

it('refuses to plan once it has stopped, instead of keeping its caller waiting', async () => {
  const stopped = await startPlannerThread(federation.supergraphSdl)
  await stopped.stop()
  const request = { document: '{ authors { id } }', operationName: undefined, overrides: undefined }
  await expect(stopped.plan(request)).rejects.toThrow('stopped')
})
