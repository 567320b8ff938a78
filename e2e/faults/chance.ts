/** A stream of numbers from 0 to below 1 that a seed and a name decide (mulberry32). */
export type Chance = () => number

export function chanceOf(seed: number, name: string): Chance {
  let state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `least` to `most`. */
export const between = (chance: Chance, least: number, most: number): number =>
  least + Math.floor(chance() * (most - least + 1))

export function shuffled<Item>(chance: Chance, items: readonly Item[]): Item[] {
  const drawn = items.map((item) => ({ item, place: chance() }))
  return drawn.sort((a, b) => a.place - b.place).map(({ item }) => item)
}
