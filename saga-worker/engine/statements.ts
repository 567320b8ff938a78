import { lock } from './lockStatements.ts'
import { dispatched, moves, tell } from './moveStatements.ts'
import { release } from './releaseStatements.ts'
import { retention } from './retentionStatements.ts'

/**
 * The engine's SQL. Each text is one statement, hence one round trip and one commit: what it does is done
 * as a whole. Time is the database's; no worker's clock ever enters.
 *
 * What touches sagas that are not in hand passes by those that are locked, and comes again: whoever has locked one may
 * be waiting for another of the same batch, and two that wait for each other cost a second each. Its row is locked no
 * further than it is changed (`no key`): an order that is just being written refers to it, and is in nobody's way.
 */

/** The saga as it is read with a claim. bigint goes as text: JavaScript's numbers end at 2^53. */
const snapshot = (of: string) => `
  ${of}.id, ${of}.tenant_id as "tenantId", ${of}.definition, ${of}.definition_version as version, ${of}.state,
  ${of}.direction, ${of}.cursor, ${of}.pivot_passed as "pivotPassed", ${of}.start, ${of}.caused_by as "causedBy",
  ${of}.traceparent, ${of}.reason, ${of}.awaits, ${of}.fence::text, ${of}.moves, ${of}.deadline_at <= clock_timestamp() as overdue,
  coalesce(${of}.wake_at <= clock_timestamp(), false) as reached`

/**
 * Due, and in nobody's hands. Written so that no index of what is due answers it: a plan made while few sagas
 * were due would go through all of them for ever after, where each is found by its id.
 */
const free = `coalesce(i.next_run_at, 'infinity') <= clock_timestamp() and (i.lease_until is null or i.lease_until <= clock_timestamp())`

/**
 * A claim is not waited for until it is on the disk. One that a crash of the server takes back leaves a worker with a
 * fence that the table has never seen; as fences follow the clock, no later claim will give the same one away again.
 */
const micros = `(extract(epoch from clock_timestamp()) * 1000000)::bigint`

const signalsOf = (saga: string) => `
  coalesce((select json_agg(json_build_object('id', s.id, 'kind', s.kind, 'payload', s.payload, 'note', s.note) order by s.id)
    from saga.signal s where s.saga_id = ${saga} and s.admitted_at is not null and s.consumed_at is null), '[]')`

const dispatch = (which: string, limit: string) => `
  with due as (
    select id from saga.instance where next_run_at <= now() and (lease_until is null or lease_until <= now()) and ${which}
    order by next_run_at limit ${limit} for no key update skip locked)
  update saga.instance i set dispatched_until = now() + ${dispatched} from due where i.id = due.id returning i.id`

export const statements = {
  /**
   * Takes sagas in hand: $1 sagas, $2 worker, $3 lease in ms, $4 definitions this worker knows, $5 how many a
   * tenant may have in hand. The fence grows, so that whoever held one before can change nothing any more; what
   * that one had under way is lost. Two workers that want the same sagas pass each other by: neither waits, and
   * they cannot deadlock. A saga that was moved since the statement began is passed by too: its row would be read as it
   * stands now, and its steps as they stood then. Whoever moved it has it looked at again if it is due.
   */
  claim: `
    with wanted as (
      select i.id, i.tenant_id, i.moves, row_number() over (partition by i.tenant_id order by i.next_run_at) as nth
      from saga.instance i where i.id = any($1) and ${free}),
    held as (
      select h.tenant_id, count(*) as n from saga.instance h
      where h.lease_owner is not null and h.lease_until > clock_timestamp()
        and h.tenant_id in (select tenant_id from wanted) group by h.tenant_id),
    free as (
      select i.id from saga.instance i
      join wanted w on w.id = i.id left join held h on h.tenant_id = w.tenant_id
      where w.nth + coalesce(h.n, 0) <= $5 and i.moves = w.moves and ${free} and i.definition || '@' || i.definition_version = any($4)
      for no key update of i skip locked),
    claimed as (
      update saga.instance i
      set fence = greatest(i.fence + 1, ${micros}), lease_owner = $2, lease_until = clock_timestamp() + $3::float8 * interval '1 ms',
          dispatched_until = null
      from free where i.id = free.id
      returning i.*, old.lease_owner as former_owner),
    lost as (
      insert into saga.attempt (saga_id, tenant_id, seq, direction, round, worker, outcome, began_at)
      select s.saga_id, s.tenant_id, s.seq, s.direction, s.round, c.former_owner, 'LOST', c.updated_at
      from claimed c join saga.step s on s.saga_id = c.id and s.seq = c.cursor and s.direction = c.direction
      where c.former_owner is not null and s.status = 'STARTED'
      returning saga_id, seq, direction),
    counted as (
      update saga.step s set attempts = s.attempts + 1 from lost l
      where s.saga_id = l.saga_id and s.seq = l.seq and s.direction = l.direction)
    select ${snapshot('c')}, ${signalsOf('c.id')} as signals,
      (select json_agg(json_build_object('seq', s.seq, 'direction', s.direction, 'name', s.name, 'kind', s.kind,
         'status', s.status, 'round', s.round, 'command', s.command, 'answer', s.answer,
         'attempts', s.attempts + (select count(*) from lost l
           where l.saga_id = s.saga_id and l.seq = s.seq and l.direction = s.direction)))
       from saga.step s where s.saga_id = c.id) as steps
    from claimed c`,

  ...moves,
  ...lock,

  /** The signals that are waiting: $1 saga. */
  signals: `select ${signalsOf('$1')} as signals`,

  /**
   * Keeps sagas in hand while their commands are under way: $1 sagas, $2 fences, $3 lease in ms. One that is just
   * being moved is passed by: its move renews the lease or gives it back, and to wait for it would hold up the others.
   */
  renew: `
    with held as (
      select i.id from unnest($1::uuid[], $2::bigint[]) as held (id, fence)
      join saga.instance i on i.id = held.id and i.fence = held.fence
      where i.lease_until is not null for no key update of i skip locked)
    update saga.instance i set lease_until = clock_timestamp() + $3::float8 * interval '1 ms'
    from held where i.id = held.id`,

  // What a tenant with full hands has waiting nobody could take: it would only stand before what others have.
  /** What is due, in nobody's hands and not in the queue: $1 at most, oldest first; none of a tenant with $2 in hand. */
  due: dispatch(
    `(dispatched_until is null or dispatched_until <= now()) and not tenant_id = any(array(
       select tenant_id from saga.instance where lease_owner is not null and lease_until > now()
       group by tenant_id having count(*) >= $2))`,
    '$1',
  ),

  /**
   * The tenant's two sagas that have been due for longest, as above: $1 tenant. Two, for others look at the same moment
   * and are given the same until it is taken: if each had one only, fewer and fewer would be in hand.
   */
  dueOf: dispatch('tenant_id = $1', '2'),

  /**
   * Takes up the orders that operators have given: each wakes its saga. What is left open on a saga that has
   * ended came too late.
   */
  admit: `
    with fresh as (
      select s.id, s.saga_id, i.finished_at is not null as ended
      from saga.signal s join saga.instance i on i.id = s.saga_id
      where s.consumed_at is null and (s.admitted_at is null or i.finished_at is not null)
      order by s.id limit 500 for no key update of s, i skip locked),
    admitted as (
      update saga.signal s
      set admitted_at = now(), consumed_at = case when f.ended then now() end,
          outcome = case when f.ended then 'TOO_LATE' end
      from fresh f where s.id = f.id)
    update saga.instance i set orders = i.orders + f.orders, next_run_at = now(), dispatched_until = now() + ${dispatched}
    from (select saga_id, count(*)::int as orders from fresh where not ended group by saga_id) f
    where i.id = f.saga_id and i.finished_at is null
    returning i.id`,

  /**
   * Begins a saga: $1 the event, $2 the instance with its first step, both JSON. An event that came before
   * begins nothing, nor does a second one about the same thing; and nothing begins on a version that is not
   * active any more. With $3 a worker it is in that one's hands at once, as by a claim ($4 lease in ms), unless the
   * tenant has $5 in hand.
   */
  begin: `
    with given as (
      select * from json_to_record($2::json) as g (
        "tenantId" uuid, definition text, version int, correlation text, state text, cursor int, start jsonb,
        "causedBy" jsonb, traceparent text, awaits text, starts json, "runTime" timestamptz, "deadlineDays" int)),
    active as (
      select g.* from given g join saga.definition d on d.name = g.definition and d.version = g.version
      where d.status = 'ACTIVE'),
    hand as (
      select $3::text as worker from active where $5 > (select count(*) from saga.instance h
        where h.tenant_id = active."tenantId" and h.lease_owner is not null and h.lease_until > clock_timestamp())),
    seen as (
      insert into saga.inbox (tenant_id, event_id, purpose) select "tenantId", $1, 'begin ' || definition from active
      on conflict do nothing returning event_id),
    created as (
      insert into saga.instance (tenant_id, definition, definition_version, correlation, state, cursor, start, started_by,
        caused_by, traceparent, awaits, next_run_at, wake_at, dispatched_until, deadline_at, fence, lease_owner, lease_until)
      select "tenantId", definition, version, correlation, state, cursor, start, seen.event_id, "causedBy", traceparent,
        awaits, coalesce("runTime", now()), "runTime", case when worker is null then now() + ${dispatched} end,
        now() + "deadlineDays" * interval '1 day', case when worker is null then 0 else ${micros} end, worker,
        case when worker is not null then clock_timestamp() + $4::float8 * interval '1 ms' end
      from active cross join seen left join hand on true
      on conflict (tenant_id, correlation, definition) do nothing
      returning id, tenant_id, definition, state, moves, caused_by, traceparent, lease_owner, fence),
    started as (
      insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, round, command)
      select c.id, c.tenant_id, (a.starts ->> 'seq')::int, a.starts ->> 'direction', a.starts ->> 'name',
        a.starts ->> 'kind', coalesce(a.starts ->> 'status', 'STARTED'), 0, a.starts -> 'command'
      from created c, active a where a.starts is not null),
    told as (${tell('c')} from created c)
    select exists (select from active) as active, (select id from created) as id,
      (select fence::text from created where lease_owner is not null) as fence`,

  /**
   * Tells the sagas that wait for it of a decision: $1 tenant, $2 event, $3 topic, $4 payload, $5 who sent it.
   * A saga awaits a topic from before its request is sent, so that no decision can come too early.
   */
  decide: `
    with seen as (
      insert into saga.inbox (tenant_id, event_id, purpose) values ($1, $2, 'decide') on conflict do nothing
      returning tenant_id),
    told as (
      insert into saga.signal (tenant_id, saga_id, kind, payload, sent_by, event_id, admitted_at)
      select i.tenant_id, i.id, 'DECISION', $4, $5, $2, now()
      from saga.instance i join seen on seen.tenant_id = i.tenant_id
      where i.awaits = $3 and i.finished_at is null
      on conflict (saga_id, event_id) do nothing returning saga_id)
    update saga.instance i
    set decisions = i.decisions + 1, dispatched_until = clock_timestamp() + ${dispatched},
        next_run_at = case when i.state = 'WAITING' then clock_timestamp() else i.next_run_at end
    from told where i.id = told.saga_id and i.finished_at is null
    returning i.id`,

  /**
   * Tells a saga that what it is about was changed: $1 tenant, $2 event, $3 definition, $4 its version,
   * $5 correlation, $6 payload, $7 who sent it.
   */
  change: `
    with seen as (
      insert into saga.inbox (tenant_id, event_id, purpose) values ($1, $2, 'change ' || $3::text || '@' || $4::int)
      on conflict do nothing returning tenant_id),
    told as (
      insert into saga.signal (tenant_id, saga_id, kind, payload, sent_by, event_id, admitted_at)
      select i.tenant_id, i.id, 'CHANGED', $6, $7, $2, now()
      from saga.instance i join seen on seen.tenant_id = i.tenant_id
      where i.definition = $3 and i.definition_version = $4 and i.correlation = $5 and i.finished_at is null
      on conflict (saga_id, event_id) do nothing returning saga_id)
    update saga.instance i
    set decisions = i.decisions + 1, dispatched_until = clock_timestamp() + ${dispatched},
        next_run_at = case when i.state = 'WAITING' then clock_timestamp() else i.next_run_at end
    from told where i.id = told.saga_id and i.finished_at is null
    returning i.id`,

  /** Whether an event must wait behind one of its aggregate that could not be digested: $1 tenant, $2 aggregate. */
  blocked: `
    select exists (select from saga.dead_letter where tenant_id = $1 and aggregate_id = $2 and settled_at is null) as blocked`,

  /** Puts an event aside: $1 tenant, $2 event, $3 type, $4 aggregate, $5 code, $6 message, $7 the event, $8 trace. */
  bury: `
    insert into saga.dead_letter (tenant_id, source, reference, type, aggregate_id, code, message, payload, traceparent)
    values ($1, 'EVENT', $2, $3, $4, $5, $6, $7, $8)
    on conflict (source, reference) where settled_at is null do update
      set code = excluded.code, message = excluded.message, attempts = saga.dead_letter.attempts + 1`,

  /**
   * As above, if one of its aggregate still waits: that one is not settled before this is written. Whoever settles it
   * looks behind it afterwards, and would otherwise not find what nobody comes back to.
   */
  buryBehind: `
    with before as (
      select from saga.dead_letter where tenant_id = $1 and aggregate_id = $4 and settled_at is null
      limit 1 for no key update)
    insert into saga.dead_letter (tenant_id, source, reference, type, aggregate_id, code, message, payload, traceparent)
    select $1, 'EVENT', $2, $3, $4, $5, $6, $7, $8 from before
    on conflict (source, reference) where settled_at is null do update
      set code = excluded.code, message = excluded.message, attempts = saga.dead_letter.attempts + 1
    returning id`,

  /**
   * Takes the orders about events that were put aside. One whose worker died over it is taken `again` a minute
   * later: what it asks for may be done twice, and the event settled by the order itself.
   */
  letterOrders: `
    with taken as (
      select s.id from saga.signal s
      where s.dead_letter_id is not null and s.consumed_at is null
        and (s.admitted_at is null or s.admitted_at < now() - interval '1 minute')
      order by s.id limit 50 for update skip locked)
    update saga.signal s set admitted_at = now() from taken, saga.dead_letter d
    where s.id = taken.id and d.id = s.dead_letter_id
    returning s.id, s.kind, d.id as "letterId", d.tenant_id as "tenantId", d.aggregate_id as "aggregateId",
      d.outcome as settled, old.admitted_at is not null as again`,

  /** The events of an aggregate that were put aside, in the order they came: $1 tenant, $2 aggregate. */
  letters: `
    select id, payload as message from saga.dead_letter
    where tenant_id = $1 and aggregate_id = $2 and source = 'EVENT' and settled_at is null order by id`,

  /** $1 letter, $2 what came of it. */
  settleLetter: `update saga.dead_letter set settled_at = now(), outcome = $2 where id = $1 and settled_at is null`,

  /** $1 order, $2 what came of it. */
  consumeOrder: `update saga.signal set consumed_at = now(), outcome = $2 where id = $1 and consumed_at is null`,

  /** How many sagas of each definition are due and wait for a worker: $1 is where counting ends. */
  backlog: `
    select definition, count(*)::int as due from (
      select definition from saga.instance
      where next_run_at <= now() and (lease_until is null or lease_until <= now()) order by next_run_at limit $1) due
    group by definition`,

  ...retention,
  ...release,

  /**
   * Publishes a definition: the first version of a name is active at once. Gives what stands in the table; a row that
   * another worker is just writing is waited for, and would not be seen by a look at the table beside that.
   */
  publish: `
    with given as (
      select $1::text as name, $2::int as version)
    insert into saga.definition as d (name, version, owner, subject, content_hash, shape, status, activated_at)
    select g.name, g.version, $3, $4, $5, $6, case when a.name is null then 'ACTIVE' else 'PUBLISHED' end,
      case when a.name is null then now() end
    from given g left join saga.definition a on a.name = g.name and a.status = 'ACTIVE'
    on conflict (name, version) do update set owner = d.owner
    returning content_hash as hash`,

  active: `select name, version from saga.definition where status = 'ACTIVE'`,

  time: `select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
} as const
