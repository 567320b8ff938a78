import type { Verdict } from './judge.ts'
import { type Kind, kinds } from './kinds.ts'
import { percentile, type Recovery } from './recovery.ts'
import type { Tally } from './tally.ts'

/** What the run found, as a table of text. */
export function reportOf(
  { tally, recovery, verdict }: { tally: Tally; recovery: Recovery; verdict: Verdict },
  notes: Partial<Record<Kind, string>>,
): string {
  const faults = kinds.map((kind) => [
    kind,
    String(tally.of(kind)),
    ...recovered(recovery.seconds(kind)),
    notes[kind] ?? '',
  ])
  const results: [string, number][] = [
    ['sagas started', verdict.started],
    ['sagas completed', verdict.completed],
    ['sagas compensated', verdict.compensated],
    ['sagas lost', verdict.lost],
    ['effects applied twice', verdict.twice],
    ['effects without their saga', verdict.orphaned],
    ['stuck', verdict.stuck],
    ['effects missing', verdict.missing],
    ['ended otherwise than decided', verdict.endedWrongly],
  ]
  const all = recovered(recovery.seconds())
  return aligned([
    ['fault', 'injected', 'p50 s', 'p99 s', ''],
    ...faults,
    ['', '', '', '', ''],
    ['all faults', String(kinds.reduce((sum, kind) => sum + tally.of(kind), 0)), ...all, ''],
    ['', '', '', '', ''],
    ...results.map(([name, value]) => [name, String(value), '', '', '']),
  ])
}

function recovered(seconds: readonly number[]): [string, string] {
  const [half, most] = [percentile(seconds, 0.5), percentile(seconds, 0.99)]
  return [half?.toFixed(2) ?? '', most?.toFixed(2) ?? '']
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
