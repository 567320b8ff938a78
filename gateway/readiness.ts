import { fault } from '@steinmetz/kernel/errors'
import type { Check } from '@steinmetz/kernel/health'
import { type Dispatcher, request } from 'undici'

const timeoutMs = 900

/** One check for each part of the platform: it is ready when its own `/readyz` says so. */
export function platformChecks(urls: Readonly<Record<string, string>>, dispatcher: Dispatcher): Check[] {
  return Object.entries(urls).map(([name, url]) => ({
    name,
    required: true,
    async check() {
      const { statusCode, body } = await request(url, { dispatcher, signal: AbortSignal.timeout(timeoutMs) })
      await body.dump()
      if (statusCode !== 200) throw fault('PART_NOT_READY', `answers ${statusCode}`)
    },
  }))
}
