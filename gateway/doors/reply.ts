import type { FormattedExecutionResult } from 'graphql'
import type { StreamFormat } from './eventStreams.ts'

/** What a request over HTTP is answered. */
export type Reply = { status: number; headers: Record<string, string>; body: string; stream?: Stream }

/** The events of a subscription, to be sent in place of a body. */
export type Stream = {
  format: StreamFormat
  events: AsyncIterableIterator<FormattedExecutionResult>
  endsInMs: number
}
