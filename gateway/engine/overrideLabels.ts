/**
 * Decides which labels of progressive `@override` are on for a request: those that are switched on by name, and
 * `percent(n)` for n of a hundred. `draw` gives the request's number, from 0 to below 100: one that stays the same for a
 * caller lets no field jump to and fro before their eyes.
 */
export function labelsOn(labels: readonly string[], switchedOn: ReadonlySet<string>) {
  const named = labels.filter((label) => switchedOn.has(label))
  const shares = labels.flatMap((label) => {
    const percent = percentOf(label)
    return percent === undefined ? [] : [{ label, percent }]
  })
  return (draw: () => number): readonly string[] | undefined => {
    if (shares.length === 0) return named.length > 0 ? named : undefined
    const drawn = draw()
    const on = [...named, ...shares.filter(({ percent }) => drawn < percent).map(({ label }) => label)]
    return on.length > 0 ? on : undefined
  }
}

/** The n of `percent(n)`; undefined for a label with a meaning of its own. */
function percentOf(label: string): number | undefined {
  const [, digits] = /^percent\((\d{1,3}(?:\.\d{1,8})?)\)$/.exec(label) ?? []
  return digits === undefined ? undefined : Number(digits)
}
