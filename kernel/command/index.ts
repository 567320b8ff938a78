export { change, type Snapshot } from '../audit/index.ts'
export {
  type AnyCommand,
  type Command,
  type CommandContext,
  commandOf,
  type Outcome,
  type References,
  unchanged,
} from './definition.ts'
export { commandOutcomes } from './metrics.ts'
export {
  type CommandAnswer,
  type CommandRequest,
  type CommandRunner,
  commandRunner,
  type RunnerOptions,
} from './runner.ts'
export { id, line, unstorable } from './text.ts'
export { expectVersion, saveVersion } from './version.ts'
