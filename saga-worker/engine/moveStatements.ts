import { givingBack } from './lockStatements.ts'

// The SQL of moves. Nearly every move just goes on to the next step, and is what a saga spends its time with: so what
// only few moves need stands in texts of its own.

/** How long a job is believed to be in the queue. When the queue lost it, the saga is late by so much. */
export const dispatched = "interval '5 seconds'"

/** How a saga stands behind a move. */
const moved = `i.id, i.orders + i.decisions as signals, i.deadline_at <= clock_timestamp() as overdue,
  coalesce(i.next_run_at <= clock_timestamp(), false) as due`

/**
 * What others are told of a saga: `of` has its columns as they stand then. Nobody may read a saga from it: it says that
 * there is something new to read.
 */
export const tell = (of: string) => `
      insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context, traceparent)
      select ${of}.tenant_id, 'processes.ProcessChanged', ${of}.id, jsonb_build_object('processId', ${of}.id,
        'definition', ${of}.definition, 'state', ${of}.state, 'version', ${of}.moves), ${of}.caused_by, ${of}.traceparent`

/**
 * Commits moves: $1 is a JSON array. Each holds only in the hands it was decided in (fence) and at the place it was
 * decided for (the number of moves before it, which says more than the cursor: a saga can move and stay at its step).
 * Others are told when the state changes, an order was dealt with, or a pause begins: a saga that just goes on is at
 * its next step before anybody could read of the last.
 */
const committing = (settling: string, answering = '') => `
  with move as (
    select * from json_to_recordset($1::json) as m (
      "sagaId" uuid, fence bigint, moves int, "fromDirection" text, "fromCursor" int, worker text, "leaseMs" float8,
      state text, direction text, cursor int, "pivotPassed" boolean, reason jsonb, awaits text,
      settles json, starts json, attempt json, consumes json, orders int, decisions int, trouble json,
      "runAt" text, "runTime" timestamptz, "afterMs" float8)),
  moved as (
    update saga.instance i
    set moves = i.moves + 1, state = m.state, direction = m.direction, cursor = m.cursor, pivot_passed = m."pivotPassed",
        reason = m.reason, awaits = m.awaits, orders = i.orders - m.orders, decisions = i.decisions - m.decisions,
        error = case when m.state = 'STUCK' then coalesce(m.trouble::jsonb, i.error) end,
        lease_owner = case when m."runAt" = 'now' then i.lease_owner end,
        lease_until = case when m."runAt" = 'now' then clock_timestamp() + m."leaseMs" * interval '1 ms' end,
        next_run_at = case
          when m.state in ('COMPLETED', 'COMPENSATED') then null
          when m."runAt" in ('now', 'yield') then least(i.next_run_at, clock_timestamp())
          when i.orders > m.orders or m.state = 'WAITING' and i.decisions > m.decisions then clock_timestamp()
          when m."runAt" = 'after' then clock_timestamp() + m."afterMs" * interval '1 ms'
          when m."runAt" = 'never' then null
          when m."runAt" = 'time' and m."pivotPassed" then m."runTime"
          else least(i.deadline_at, m."runTime") end,
        wake_at = m."runTime",
        dispatched_until = case
          when m."runAt" = 'yield' then clock_timestamp() + ${dispatched}
          when m."runAt" = 'after' then clock_timestamp() + m."afterMs" * interval '1 ms' + ${dispatched} end,
        updated_at = clock_timestamp(),
        finished_at = case when m.state in ('COMPLETED', 'COMPENSATED') then clock_timestamp() end
    from move m
    where i.id = m."sagaId" and i.fence = m.fence and i.moves = m.moves
    returning ${moved}, i.tenant_id, i.traceparent, i.definition, i.state, i.moves, i.caused_by, old.state as former,
      old.awaits as awaited),
  settled as (
    update saga.step s
    set status = coalesce(m.settles ->> 'status', s.status),
        answer = coalesce((m.settles -> 'answer')::jsonb, s.answer),
        error = coalesce(m.settles -> 'error', m.attempt -> 'error')::jsonb,
        attempts = s.attempts + case when m.attempt is null then 0 else 1 end,
        finished_at = case when m.settles ->> 'status' in ('DONE', 'REFUSED', 'SKIPPED') then clock_timestamp() end
    from move m join moved on moved.id = m."sagaId"
    where s.saga_id = m."sagaId" and s.seq = m."fromCursor" and s.direction = m."fromDirection"
      and (m.settles is not null or m.attempt is not null)
    returning s.saga_id),
  started as (
    insert into saga.step as s (saga_id, tenant_id, seq, direction, name, kind, status, round, command)
    select moved.id, moved.tenant_id, (m.starts ->> 'seq')::int, m.starts ->> 'direction', m.starts ->> 'name',
      m.starts ->> 'kind', coalesce(m.starts ->> 'status', 'STARTED'), (m.starts ->> 'round')::int, m.starts -> 'command'
    from move m join moved on moved.id = m."sagaId" where m.starts is not null
    on conflict (saga_id, seq, direction) do update
      set status = excluded.status, round = excluded.round, command = excluded.command, error = null,
          attempts = (s.status = 'STARTED')::int, finished_at = null),
  attempted as (
    insert into saga.attempt (saga_id, tenant_id, seq, direction, round, worker, outcome, code, message, began_at)
    select moved.id, moved.tenant_id, m."fromCursor", m."fromDirection", (m.attempt ->> 'round')::int, m.worker,
      m.attempt ->> 'outcome', m.attempt -> 'error' ->> 'code', m.attempt -> 'error' ->> 'message',
      clock_timestamp() - (m.attempt ->> 'tookMs')::float8 * interval '1 ms'
    from move m join moved on moved.id = m."sagaId" where m.attempt is not null),
  ${settling}
  told as (${tell('moved')}
    from move m join moved on moved.id = m."sagaId"
    where moved.state <> moved.former or m."runAt" = 'after' or json_array_length(m.consumes) > 0)
  select id, signals, overdue, due from moved
  ${answering}`

/** Signals that were dealt with, a person who is called, and one who need not be called any more. */
const settling = `
  consumed as (
    update saga.signal s set consumed_at = clock_timestamp(), outcome = c.outcome
    from move m join moved on moved.id = m."sagaId",
      json_to_recordset(coalesce(m.consumes, '[]')) as c (id uuid, outcome text)
    where s.id = c.id),
  buried as (
    insert into saga.dead_letter (tenant_id, source, reference, saga_id, type, code, message, attempts, traceparent)
    select moved.tenant_id, 'STEP', m.trouble ->> 'reference', moved.id, m.trouble ->> 'type', m.trouble ->> 'code',
      m.trouble ->> 'message', (m.trouble ->> 'attempts')::int, moved.traceparent
    from move m join moved on moved.id = m."sagaId" where m.trouble is not null
    on conflict (source, reference) where settled_at is null do update
      set code = excluded.code, message = excluded.message, attempts = excluded.attempts),
  raised as (
    update saga.dead_letter d set settled_at = clock_timestamp(), outcome = coalesce(m.consumes -> 0 ->> 'outcome', m.state)
    from move m join moved on moved.id = m."sagaId"
    where d.saga_id = m."sagaId" and d.settled_at is null and moved.former = 'STUCK' and m.state <> 'STUCK'),`

/** A move that was committed before, and whose answer was lost, is answered alike. */
const answeringAgain = `
  union all
  select ${moved} from move m join saga.instance i on i.id = m."sagaId"
  where i.fence = m.fence and i.moves = m.moves + 1`

export const moves = {
  /** Moves that settle no signal, call nobody and give no lock back. One that was committed before is not answered. */
  advance: committing(''),

  move: committing(settling, answeringAgain),

  /** As above, of which some end a saga that may have locks, or one that may wait for one. */
  moveGivingBack: committing(settling + givingBack, answeringAgain),
} as const
