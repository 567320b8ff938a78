/** Loaded before whatever the bootstrap runs: it ends with the bootstrap, which alone watches those above. */
import { follow } from './follow.mjs'

follow([process.ppid])
