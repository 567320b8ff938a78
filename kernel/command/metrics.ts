import type { MetricDefinition } from '../telemetry/index.ts'

/** How commands end. A replay is counted as such, whatever its stored answer says. */
export const commandOutcomes: MetricDefinition<'command' | 'outcome'> = {
  kind: 'counter',
  name: 'steinmetz_commands_total',
  help: 'Commands by how they ended: done, refused, replayed, conflict, fault, bug.',
  labels: ['command', 'outcome'],
}
