// The SQL of semantic locks. Of two that come at the same moment one row decides, the lock's: the second waits for the
// first to be committed, and then sees what that one wrote. Who waits is written nowhere else: it is the sagas that
// await the lock. The oldest of them goes first, and nobody younger overtakes it, so everybody has a turn.

/**
 * The sagas that wait for a lock of `of`, and as what their changes commute. `but` leaves some out.
 * What it says may be a moment old. Then a turn is given away too early or too late, but no lock twice.
 */
const waiting = (of: { tenant: string; resource: string }, but = 'true') => `
      select w.id, s.answer ->> 'commutesAs' as commutes_as
      from saga.instance w left join saga.step s on s.saga_id = w.id and s.seq = w.cursor and s.direction = w.direction
      where w.tenant_id = ${of.tenant} and w.awaits = 'lock:' || ${of.resource} and w.awaits like 'lock:%'
        and w.state = 'WAITING' and ${but}`

/**
 * Whose turn it is with each lock of `open`: the oldest that waits (`first`), and those behind it whose changes commute
 * with its own, up to the first whose do not (`stranger`). Nobody's where the lock is held by others; `freed` says that
 * it was held only when the statement began. So no more are woken than can go on, however many wait; who is in
 * somebody's hands is passed by.
 */
const wakeUp = (but?: string) => {
  const those = waiting({ tenant: 'o.tenant_id', resource: 'o.resource' }, but)
  return `
    turns as materialized (
      select o.tenant_id, 'lock:' || o.resource as awaited, first.id as first,
        coalesce(stranger.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') as stranger
      from open o
      cross join lateral (${those} order by w.id limit 1) first
      left join lateral (${those} and w.id > first.id and (s.answer ->> 'commutesAs' = first.commutes_as) is not true
        order by w.id limit 1) stranger on true
      where o.freed or not exists (select from saga.semantic_lock l
        where l.tenant_id = o.tenant_id and l.resource = o.resource and (l.commutes_as = first.commutes_as) is not true)),
    sleeping as (
      select w.id from turns t
      join saga.instance w on w.tenant_id = t.tenant_id and w.awaits = t.awaited and w.awaits like 'lock:%'
      where w.id >= t.first and w.id < t.stranger and w.state = 'WAITING' and w.next_run_at > clock_timestamp()
      for no key update of w skip locked)`
}

/**
 * What a move does with the locks of sagas that end: each is given back, the last one who shares it frees it, and
 * whose turn it is then is woken. So are those behind a saga that does not wait any more. Locks are gone through in
 * one order here too, as two workers may have sagas end that share the same two.
 */
export const givingBack = `
    ended as (select id from moved where state in ('COMPLETED', 'COMPENSATED')),
    parted as (delete from saga.lock_sharer s using ended where s.saga_id = ended.id returning s.tenant_id, s.resource),
    returned as (
      select tenant_id, resource, count(*)::int as by from (
        select tenant_id, resource from parted
        union all
        select l.tenant_id, l.resource from saga.semantic_lock l join ended on ended.id = l.saga_id) r
      group by tenant_id, resource),
    locked as (
      select l.tenant_id, l.resource, l.holders - r.by as holders
      from saga.semantic_lock l join returned r on r.tenant_id = l.tenant_id and r.resource = l.resource
      order by l.tenant_id, l.resource for update of l),
    kept as (
      update saga.semantic_lock l set holders = locked.holders from locked
      where l.tenant_id = locked.tenant_id and l.resource = locked.resource and locked.holders > 0),
    released as (
      delete from saga.semantic_lock l using locked
      where l.tenant_id = locked.tenant_id and l.resource = locked.resource and locked.holders <= 0
      returning l.tenant_id, l.resource),
    open as (
      select tenant_id, resource, true as freed from released
      union all
      select tenant_id, substr(awaited, 6), false from moved
      where former = 'WAITING' and awaited like 'lock:%' and state not in ('RUNNING', 'WAITING')),
    ${wakeUp('w.id not in (select id from moved)')},
    woken as (update saga.instance w set next_run_at = clock_timestamp() from sleeping where w.id = sleeping.id),`

export const lock = {
  /**
   * Takes a lock: $1 saga, $2 fence, $3 resource, $4 as what its changes commute (null: it is taken alone), and says
   * whether the saga has it now. One that had it before has it still. Only whoever has the saga in hand may take it: a
   * worker that slept would otherwise leave a lock behind for a saga that has ended.
   */
  lock: `
    with mine as (select id, tenant_id from saga.instance where id = $1 and fence = $2 and finished_at is null for no key update),
    had as (
      select l.resource from mine join saga.semantic_lock l on l.tenant_id = mine.tenant_id and l.saga_id = mine.id
      where l.resource = $3
      union all
      select s.resource from mine join saga.lock_sharer s on s.saga_id = mine.id where s.resource = $3),
    older as (
      select o.id from mine cross join lateral (${waiting({ tenant: 'mine.tenant_id', resource: '$3::text' })}
        and w.id < mine.id and (s.answer ->> 'commutesAs' = $4::text) is not true order by w.id limit 1) o),
    taken as (
      insert into saga.semantic_lock as l (tenant_id, resource, saga_id, commutes_as)
      select tenant_id, $3, case when $4 is null then id end, $4 from mine
      where not exists (select from had) and not exists (select from older)
      on conflict (tenant_id, resource) do update set holders = l.holders + 1 where l.commutes_as = excluded.commutes_as
      returning l.tenant_id),
    shared as (
      insert into saga.lock_sharer (saga_id, tenant_id, resource)
      select mine.id, mine.tenant_id, $3 from mine, taken where $4 is not null)
    select exists (select from had) or exists (select from taken) as has`,

  /**
   * Wakes whoever could have a lock and sleeps: it was given back just before they began to wait, or whose turn it was
   * could not be woken.
   */
  wake: `
    with open as (
      select distinct tenant_id, substr(awaits, 6) as resource, false as freed
      from saga.instance where awaits like 'lock:%' and state = 'WAITING'),
    ${wakeUp()}
    update saga.instance w set next_run_at = now() from sleeping where w.id = sleeping.id`,
} as const
