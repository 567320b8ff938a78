// Loaded into the gateway that is measured: what it holds once all that could be let go was let go.
import process from 'node:process'

process.on('message', () => {
  globalThis.gc()
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send({ rss, heap: heapUsed + external })
})
process.channel?.unref()
