--liquibase formatted sql

-- The embedded event bus: a log in PostgreSQL with an offset per consumer, so that it crosses processes and
-- survives a crash. It carries events of every tenant; only relays and consumers connect to it.

--changeset steinmetz:0001-bus-log splitStatements:false
create schema bus;
grant usage on schema bus to ${service};

create table bus.event (
  position     bigint generated always as identity primary key,
  event_id     uuid not null unique,
  type         text not null,
  tenant_id    uuid not null,
  aggregate_id text not null,
  message      jsonb not null,
  published_at timestamptz not null default now()
);
create table bus.consumer (
  name       text primary key,
  position   bigint not null default 0,
  updated_at timestamptz not null default now()
);

-- Appends a batch. Publishers take turns, so that positions become visible in their order and a consumer
-- may read on from its last one without ever missing a slow transaction's event. What was published
-- before is passed over. One notification a batch: NOTIFY takes a lock of the whole server at commit.
create function bus.append(p_messages jsonb) returns void language plpgsql volatile security definer
  set search_path = pg_catalog as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('bus.append', 0));
  insert into bus.event (event_id, type, tenant_id, aggregate_id, message)
    select (m.value ->> 'id')::uuid, m.value ->> 'type', (m.value ->> 'tenantId')::uuid, m.value ->> 'aggregateId', m.value
    from jsonb_array_elements(p_messages) with ordinality as m (value, ordinality) order by m.ordinality
    on conflict (event_id) do nothing;
  notify bus;
end $$;
revoke execute on function bus.append from public;
grant execute on function bus.append to ${service};
grant select on bus.event to ${service};
grant select, insert, update on bus.consumer to ${service};
--rollback drop schema bus cascade;
