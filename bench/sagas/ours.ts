import process from 'node:process'
import { runProcess } from '@steinmetz/kernel/config'
import { start } from '@steinmetz/saga-worker/main'
import { commands, transfer } from './transfer.ts'

// Our worker as it runs in production, with the bench's definition in the place of the business's.
await runProcess((env) => start(env, { business: { sagas: [transfer], commands } }))
process.stdout.write('ready\n')
