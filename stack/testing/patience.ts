import { vi } from 'vitest'

// A wait in vain is ended shortly before its test would be. Vitest's own limit of a second would have a test fail for no
// more than a machine that is busy.
const patience = { timeout: 25_000 }
const { waitFor, waitUntil } = vi
vi.waitFor = (callback, options) => waitFor(callback, patient(options))
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options))

const patient = (options: Parameters<typeof waitFor>[1]) =>
  typeof options === 'number' ? options : { ...patience, ...options }
