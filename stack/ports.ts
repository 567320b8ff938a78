import { createServer } from 'node:net'

const host = '127.0.0.1'

/** A port somebody wants, and the environment variable by which it can be moved. */
export type WantedPort = { port: number; variable: string; what: string }

/** Refuses, naming every port that is taken and the variable that moves it. Port 0 is always free. */
export async function assertFree(wanted: readonly WantedPort[]): Promise<void> {
  const taken = await Promise.all(wanted.map(async (one) => ((await isFree(one.port)) ? undefined : one)))
  const lines = taken
    .filter((one) => one !== undefined)
    .map(
      ({ port, variable, what }) =>
        `port ${port}, wanted for ${what}, is taken by another program; ${variable} moves it, as in: ${variable}=${port + 1000} npm start`,
    )
  if (lines.length > 0) throw new Error(lines.join('\n'))
}

/** A port that was free a moment ago. Somebody may be quicker: whoever binds it must be ready to ask again. */
export function freePort(): Promise<number> {
  return listen(0)
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listen(port)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
}

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address ? address.port : port
      server.close(() => resolve(bound))
    })
  })
}
