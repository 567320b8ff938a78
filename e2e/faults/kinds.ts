// Every kind of fault that is injected, in the words of the table.

export const boundaries = [
  'before claim',
  'after claim',
  'after STARTED',
  'after send',
  'before commit',
  'after commit',
] as const

export const network = ['delayed', 'cut', 'answer dropped', 'delivered twice, late', 'cut, delivered late'] as const
export const redis = ['Redis flushed', 'Redis stopped'] as const

export type Network = (typeof network)[number]
export type Kind =
  | `kill -9 ${(typeof boundaries)[number]}`
  | 'SIGSTOP beyond the lease, SIGCONT'
  | 'PostgreSQL kill -9, restarted'
  | (typeof redis)[number]
  | `proxy: ${Network}`
  | 'worker with a clock 30 min slow'
  | 'worker with a clock 30 min fast'
  | 'deployment of the next version'

export const kinds: readonly Kind[] = [
  ...boundaries.map((boundary): Kind => `kill -9 ${boundary}`),
  'SIGSTOP beyond the lease, SIGCONT',
  'PostgreSQL kill -9, restarted',
  ...redis,
  ...network.map((kind): Kind => `proxy: ${kind}`),
  'worker with a clock 30 min slow',
  'worker with a clock 30 min fast',
  'deployment of the next version',
]

/** Fewer than so many of a kind say nothing: such a run fails. */
export const atLeast = 10
