import { createHmac } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import process from 'node:process'
import type { Log } from '@steinmetz/kernel/telemetry'

export type KeptOptions = {
  file: string | undefined
  /** What a copy is sealed with, and for which graph. */
  key: string
  graphRef: string
  log: Log
  now: () => Date
}

/** A supergraph that was served, and when that began. */
export type Kept = { sdl: string; servedAt: string }

export type KeptSupergraph = {
  /** Undefined where there is none that a gateway with this key has served of this graph. */
  read(): Promise<Kept | undefined>
  write(sdl: string): Promise<void>
}

/**
 * The last supergraph that was served, in a file that several processes may write. A supergraph says where every
 * request and its internal token go and who may read which field, so that a copy is taken only by its seal: an HMAC
 * under the API key over graph, time and text. A file that somebody else wrote, one of another graph or variant and
 * one that was cut short have none that fits, and count as no copy.
 */
export function keptSupergraph({ file, key, graphRef, log, now }: KeptOptions): KeptSupergraph {
  const sealOf = ({ sdl, servedAt }: Kept) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['kept supergraph', graphRef, servedAt, sdl]))
      .digest('base64url')
  return {
    async read() {
      const text = file && (await readFile(file, 'utf8').catch(() => undefined))
      if (!text) return undefined
      const [, servedAt, seal, sdl] = /^# served since (\S+), sealed (\S+)\n(.*)$/s.exec(text) ?? []
      if (servedAt && sdl && seal === sealOf({ sdl, servedAt })) return { sdl, servedAt }
      log.warn({ file, graphRef }, 'the kept supergraph is not taken: this key has not sealed it for this graph')
      return undefined
    },
    async write(sdl) {
      if (!file) return
      const servedAt = now().toISOString()
      const aside = `${file}.${process.pid}`
      try {
        await writeFile(aside, `# served since ${servedAt}, sealed ${sealOf({ sdl, servedAt })}\n${sdl}`, {
          mode: 0o600,
        })
        await rename(aside, file)
      } catch (error) {
        log.warn({ err: error, file }, 'the supergraph could not be kept for a later start')
      }
    },
  }
}
