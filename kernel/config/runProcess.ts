import process from 'node:process'
import { describeError } from '../errors/index.ts'
import type { Environment } from './environment.ts'
import { ConfigError } from './readConfig.ts'

/** A started process: where it answers, and how it is stopped after finishing the requests in flight. */
export type Running = Readonly<{ url: string; stop(): Promise<void> }>

/**
 * Runs a process from its start to its exit, and is the one place that reads the environment and hears
 * signals. The first SIGTERM or SIGINT stops what was started, in order, and exits 0 (1 when stopping
 * fails); a second one exits at once. A mistake in the configuration is told in plain words on stderr; it,
 * a failed start and anything that nobody caught exit 1.
 */
export async function runProcess(start: (env: Environment) => Promise<Running>): Promise<void> {
  process.on('uncaughtException', (error) => die('uncaught exception', error))
  process.on('unhandledRejection', (error) => die('unhandled rejection', error))
  const started = Promise.resolve(process.env).then(start)
  let stopping = false
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    started
      .then((running) => running.stop())
      .then(
        () => process.exit(0),
        (error) => die('cannot stop', error),
      )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  await started.catch((error) => die('cannot start', error))
}

function die(what: string, error: unknown): never {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`)
  // The logger may be what failed, or not yet be there: this line is written by hand, in its format.
  else
    process.stderr.write(
      `${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), msg: what, err: describeError(error) })}\n`,
    )
  process.exit(1)
}
