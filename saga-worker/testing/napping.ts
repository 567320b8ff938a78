import { statements } from '../engine/statements.ts'

type Name = keyof typeof statements

/** Where a statement has seen what it began with, and has yet to lock or change a row of it. */
const places: Partial<Record<Name, readonly string[]>> = {
  claim: ['left join held h on h.tenant_id = w.tenant_id\n      where '],
  advance: ['from move m\n    where '],
  move: ['from move m\n    where '],
  moveGivingBack: ['from move m\n    where ', "and w.awaits like 'lock:%'\n      where "],
  lock: ['from saga.instance where ', 'from mine\n      where '],
  wake: ["and w.awaits like 'lock:%'\n      where "],
  admit: ['on i.id = s.saga_id\n      where '],
  renew: ['i.fence = held.fence\n      where '],
  decide: ['on seen.tenant_id = i.tenant_id\n      where ', 'from told where '],
}

/**
 * The engine's statements, which now and then nap where others may come in between. What is read half before and half
 * behind them is met by chance otherwise, once in a thousand runs, and by somebody who is not looking for it.
 */
export function napping(): Readonly<Record<Name, string>> {
  const changed = Object.entries(places).map(([name, befores]) => {
    let text: string = statements[name as Name]
    for (const before of befores) {
      if (!text.includes(before)) throw new Error(`${name} has nothing like: ${before}`)
      // A subquery is run once in a statement, and not before it is needed.
      text = text.replaceAll(before, `${before}(select pg_sleep(${nap})::text) is not null and `)
    }
    return [name, text]
  })
  return { ...statements, ...Object.fromEntries(changed) }
}

/** In seconds: mostly none, and sometimes longer than other statements take. */
const nap = 'case when random() < 0.3 then random() * 0.03 else 0 end'
