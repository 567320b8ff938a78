import { expect, it } from 'vitest'
import type { JsonObject } from './json.ts'
import { mergeInto } from './mergeInto.ts'

it('leaves alone what all objects inherit, whatever a scalar holds', () => {
  const told: JsonObject = JSON.parse('{"settings":{"__proto__":{"injected":true}}}')
  mergeInto({ settings: { theme: 'dark' } }, told)
  expect('injected' in {}).toBe(false)
})
