import type { Store } from '../engine/store.ts'

/** The id of a saga that was begun; nothing where none was, and why where that is said. */
export function idOf(begun: Awaited<ReturnType<Store['begin']>>): string {
  return begun === 'inactive' ? begun : (begun?.id ?? '')
}
