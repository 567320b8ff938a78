--liquibase formatted sql

-- The truth about every saga. The engine's role writes these tables for all tenants, by policies that say so.
-- The service role reads its own tenant's rows, and gives orders by inserting a signal: nothing else.

--changeset steinmetz:0001-saga-definition splitStatements:false
create schema saga;
grant usage on schema saga to ${engine}, ${service};

-- The engine works for every tenant; the service role sees its own tenant's rows.
create procedure saga.protect(p_table regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('create policy engine on %s to ${engine} using (true) with check (true)', p_table);
  execute format('create policy tenant on %s for select to ${service} using (tenant_id = (select kernel.tenant()))', p_table);
  execute format('grant select, insert, update on %s to ${engine}', p_table);
  execute format('grant select on %s to ${service}', p_table);
end $$;
revoke execute on procedure saga.protect from public;

create table saga.definition (
  name         text not null,
  version      int not null check (version > 0),
  owner        text not null,                        -- the domain that answers for the process
  subject      text,                                 -- the entity in the graph it is about, such as Employee
  content_hash bytea not null,                       -- sha256 of `shape`: what is published never changes
  shape        jsonb not null,                       -- its steps and the commands they give, for people to read and compare
  status       text not null check (status in ('PUBLISHED', 'ACTIVE', 'DRAINING', 'RETIRED')),
  published_at timestamptz not null default now(),
  activated_at timestamptz,
  primary key (name, version)
);
create unique index definition_active on saga.definition (name) where status = 'ACTIVE'; -- new sagas start on this one
grant select, insert, update on saga.definition to ${engine}; -- a definition belongs to no tenant
grant select on saga.definition to ${service};
--rollback drop schema saga cascade;

--changeset steinmetz:0001-saga-instance splitStatements:false
create table saga.instance (
  id                 uuid primary key default uuidv7(),
  tenant_id          uuid not null,
  definition         text not null,
  definition_version int not null,                   -- a running saga stays on the version it began with
  correlation        text not null,                  -- the id of its subject: one saga per tenant, definition and this
  state              text not null check (state in ('RUNNING', 'WAITING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'STUCK')),
  direction          text not null default 'FORWARD' check (direction in ('FORWARD', 'BACKWARD')),
  cursor             int not null default 0,         -- seq of the step under way; -1: the command behind the last compensation
  pivot_passed       boolean not null default false,
  start              jsonb not null,                 -- payload of the event that began it
  started_by         uuid not null,                  -- that event
  caused_by          jsonb not null,                 -- person, account, session, address, requestId: whom it acts for
  traceparent        text,
  reason             jsonb,                          -- why it was rolled back: code, message, kind (refusal, expiry, rejection, cancel)
  error              jsonb,                          -- why it is stuck: code, message
  awaits             text,                           -- topic of the decision it may be told of
  orders             int not null default 0,         -- operators' signals not yet dealt with
  decisions          int not null default 0,         -- decisions not yet dealt with
  fence              bigint not null default 0,      -- grows with every claim; who holds an older one changes nothing
  moves              int not null default 0,         -- grows with every move: one that was decided for another place is void
  lease_owner        text,                           -- the worker that has it in hand
  lease_until        timestamptz,                    -- by the database's clock alone
  next_run_at        timestamptz,                    -- null: nothing to do of its own accord
  dispatched_until   timestamptz,                    -- until then a job for it is believed to be in the queue
  deadline_at        timestamptz not null,
  created_at         timestamptz not null default now(),
  updated_at         timestamptz not null default now(),
  finished_at        timestamptz,
  foreign key (definition, definition_version) references saga.definition,
  unique (tenant_id, correlation, definition),
  unique (tenant_id, id),
  constraint no_way_back_behind_the_pivot
    check (not (pivot_passed and (direction = 'BACKWARD' or state in ('COMPENSATING', 'COMPENSATED')))),
  check ((finished_at is not null) = (state in ('COMPLETED', 'COMPENSATED'))),
  check (finished_at is null or (next_run_at is null and lease_until is null))
) with (fillfactor = 70);                            -- a move touches no indexed column as long as the saga runs: it stays HOT
create index instance_due on saga.instance (next_run_at) where next_run_at is not null;
create index instance_awaits on saga.instance (tenant_id, awaits) where awaits is not null;
create index instance_stuck on saga.instance (tenant_id, id) where state = 'STUCK';

create table saga.step (
  saga_id     uuid not null,
  tenant_id   uuid not null,
  seq         int not null,                          -- place in the definition, from 0; -1: the command behind the last compensation
  direction   text not null check (direction in ('FORWARD', 'BACKWARD')),
  name        text not null,
  kind        text not null check (kind in ('step', 'approval', 'pivot', 'retriable', 'rolledBack')),
  status      text not null check (status in ('STARTED', 'WAITING', 'DONE', 'REFUSED', 'SKIPPED')), -- STARTED: in doubt until answered
  round       int not null default 0,                -- raised only when an operator has a refused step asked anew
  idempotency_key text generated always as (saga_id::text || ':' || name || ':' || lower(direction) || ':' || round::text) virtual,
  command     json not null,                         -- subgraph, mutation, input: sent exactly so, every time
  attempts    int not null default 0,                -- in this round
  answer      jsonb,                                 -- what later steps may read
  error       jsonb,                                 -- the last thing that went wrong: code, message
  started_at  timestamptz not null default now(),
  finished_at timestamptz,
  primary key (saga_id, seq, direction),
  foreign key (tenant_id, saga_id) references saga.instance (tenant_id, id)
) with (fillfactor = 70);

-- One row per sending: the timeline of a process.
create table saga.attempt (
  id         bigint generated always as identity primary key,
  saga_id    uuid not null,
  tenant_id  uuid not null,
  seq        int not null,
  direction  text not null,
  round      int not null,
  worker     text not null,
  outcome    text not null check (outcome in ('DONE', 'REFUSED', 'IN_DOUBT', 'HALTED', 'LOST')), -- LOST: the worker vanished
  code       text,
  message    text,
  began_at   timestamptz not null,
  ended_at   timestamptz not null default now(),
  foreign key (tenant_id, saga_id) references saga.instance (tenant_id, id)
);
create index attempt_saga on saga.attempt (saga_id, id);

call saga.protect('saga.instance');
call saga.protect('saga.step');
call saga.protect('saga.attempt');
--rollback drop table saga.attempt; drop table saga.step; drop table saga.instance;

--changeset steinmetz:0001-saga-signal splitStatements:false
-- What did not go well enough to go on: a step that is stuck, an event that could not be digested.
create table saga.dead_letter (
  id           uuid primary key default uuidv7(),
  tenant_id    uuid not null,
  source       text not null check (source in ('STEP', 'EVENT')),
  reference    text not null,                        -- the step's idempotency key, or the event's id
  saga_id      uuid,
  type         text not null,                        -- the mutation, or the event's type
  aggregate_id text,                                 -- of an event: later ones of the same aggregate wait behind it
  code         text not null,
  message      text not null,
  payload      jsonb,                                -- the event as it came
  attempts     int not null default 1,
  traceparent  text,
  created_at   timestamptz not null default now(),
  settled_at   timestamptz,
  outcome      text,                                 -- how it was settled: REDRIVEN, SKIPPED, CANCELLED
  unique (tenant_id, id),
  foreign key (tenant_id, saga_id) references saga.instance (tenant_id, id)
);
create unique index dead_letter_open on saga.dead_letter (source, reference) where settled_at is null;
create index dead_letter_aggregate on saga.dead_letter (tenant_id, aggregate_id) where settled_at is null and aggregate_id is not null;

-- What a saga is told from outside. DECISION comes from an event; the rest are orders of an operator, which the
-- service role inserts and the engine carries out: REDRIVE (ask a stuck step again), RESUME (do not wait for
-- the pause to end), CANCEL (roll back, before the pivot), SKIP (go on without the stuck step; the note says why).
create table saga.signal (
  id             uuid primary key default uuidv7(),
  tenant_id      uuid not null default kernel.tenant(),
  saga_id        uuid,
  dead_letter_id uuid,                               -- an order about an event: REDRIVE or SKIP
  kind           text not null check (kind in ('DECISION', 'CANCEL', 'REDRIVE', 'RESUME', 'SKIP')),
  payload        jsonb not null default '{}',
  note           text,
  sent_by        jsonb not null,                     -- person, account, session, address, requestId
  event_id       uuid,                               -- of a decision: the event it came by
  created_at     timestamptz not null default now(),
  admitted_at    timestamptz,                        -- when the engine took it up; null: it has not seen it
  consumed_at    timestamptz,
  outcome        text,                               -- what came of it
  check (num_nonnulls(saga_id, dead_letter_id) = 1),
  check (kind <> 'SKIP' or length(trim(note)) > 0),
  unique (saga_id, event_id),
  foreign key (tenant_id, saga_id) references saga.instance (tenant_id, id),
  foreign key (tenant_id, dead_letter_id) references saga.dead_letter (tenant_id, id)
);
create index signal_open on saga.signal (saga_id, id) where consumed_at is null;
call saga.protect('saga.dead_letter');
call saga.protect('saga.signal');
create policy order_given on saga.signal for insert to ${service}
  with check (tenant_id = (select kernel.tenant()) and kind <> 'DECISION' and admitted_at is null and consumed_at is null);
grant insert (id, tenant_id, saga_id, dead_letter_id, kind, note, sent_by) on saga.signal to ${service};

-- Events that were digested: one that is delivered twice is digested once.
create table saga.inbox (
  tenant_id   uuid not null,
  event_id    uuid not null,
  purpose     text not null,                         -- what it was digested for
  received_at timestamptz not null default now(),
  primary key (tenant_id, event_id, purpose)
);
call saga.protect('saga.inbox');
--rollback drop table saga.inbox; drop table saga.signal; drop table saga.dead_letter;
