import { parentPort, workerData } from 'node:worker_threads'
import { ConfigError, type Environment } from '@steinmetz/kernel/config'
import { emptyParts } from './productionSettings.ts'
import { type Service, services } from './services.ts'
import type { Lines } from './settingsOfServices.ts'

/** Anywhere: whether a service could start is asked, not where the others are. */
const urls = new Map(services.flat().map(({ name }) => [name, 'http://127.0.0.1']))

/** Has each service read its settings; what the start works out for it is left aside. */
async function problems({ common, studio }: Lines): Promise<readonly string[]> {
  const all = services.flat()
  const found = new Map<string, string[]>()
  for (const service of all)
    for (const problem of await problemsOf(service, { common, studio }))
      found.set(problem, [...(found.get(problem) ?? []), service.name])
  return [...found].map(([problem, names]) => {
    return `${problem} (${names.length === all.length ? 'all services' : names.join(', ')})`
  })
}

async function problemsOf(service: Service, { common, studio }: Lines): Promise<readonly string[]> {
  const told: Environment = { ...(await service.settings({ ...emptyParts, urls, studio })), HOST: '', PORT: '0' }
  const lines: Environment = { ...common, ...studio }
  try {
    const { check } = await service.load()
    check({ ...told, ...common, NODE_ENV: 'production' })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.filter((problem) => {
      const [name = ''] = /^\w+/.exec(problem) ?? []
      return name in lines || !(name in told)
    })
  }
}

parentPort?.postMessage(await problems(workerData as Lines))
