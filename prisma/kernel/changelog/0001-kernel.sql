--liquibase formatted sql

-- The kernel's tables, the same in every domain's database. The owner migrates; the service role is subject
-- to row-level security and owns nothing; the relay sees every tenant, but only what it must publish.

--changeset steinmetz:0001-kernel-schema splitStatements:false
create schema kernel;
grant usage on schema kernel to ${service}, ${relay};

-- Whose rows this transaction may see. Unset it is null, and every policy hides every row.
create function kernel.tenant() returns uuid language sql stable
  return nullif(current_setting('app.tenant', true), '')::uuid;
--rollback drop schema kernel cascade;

--changeset steinmetz:0001-kernel-idempotency splitStatements:false
create table kernel.idempotency (
  tenant_id    uuid not null,
  actor        text not null,      -- the account, or the service a saga's command comes from
  operation    text not null,
  key          text not null,
  request_hash bytea,              -- null is a tombstone: compensated before it ever arrived
  answer       json,               -- null only inside the transaction that claims it; json, not jsonb, which
                                   -- reorders keys: a replay must equal the first answer to the letter
  created_at   timestamptz not null default now(),
  completed_at timestamptz,
  primary key (tenant_id, actor, operation, key)
) with (fillfactor = 70);          -- room for the answer on the same page, so that its update stays HOT
alter table kernel.idempotency enable row level security;
alter table kernel.idempotency force row level security;
create policy tenant on kernel.idempotency to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
grant select, insert, update on kernel.idempotency to ${service};
--rollback drop table kernel.idempotency;

--changeset steinmetz:0001-kernel-audit splitStatements:false
create table kernel.audit (
  id         bigint generated always as identity primary key,
  record_id  uuid not null unique default uuidv7(), -- how other domains name this record
  tenant_id  uuid not null,
  operation  text not null check (operation in ('CREATE', 'UPDATE', 'DELETE', 'VIEW')),
  entity     text not null,
  entity_id  text not null,
  before     jsonb,
  after      jsonb,
  context    jsonb not null,       -- command, service, person, account, session, address, requestId
  tags       text[] not null default '{}',
  leaf_hash  bytea not null,       -- sha256(0x00 || content), an RFC 6962 leaf
  created_at timestamptz not null default now()
);
create index audit_entity on kernel.audit (tenant_id, entity, entity_id);
alter table kernel.audit enable row level security;
alter table kernel.audit force row level security;
create policy tenant on kernel.audit to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
create policy relay on kernel.audit for select to ${relay} using (true);
grant select, insert on kernel.audit to ${service};
grant select on kernel.audit to ${relay};

create function kernel.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is append-only: % is not allowed', tg_table_schema, tg_table_name, tg_op
    using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on kernel.audit
  for each statement execute function kernel.refuse_change();

-- Taken over the JSONB as stored, whose keys and numbers are normalised, so that a verifier can recompute
-- the leaf from the row.
create function kernel.audit_leaf(p_tenant uuid, p_operation text, p_entity text, p_entity_id text, p_before jsonb,
    p_after jsonb, p_context jsonb, p_tags text[], p_created_at timestamptz) returns bytea language sql immutable
  return sha256('\x00'::bytea || convert_to(jsonb_build_array(p_tenant, p_operation, p_entity, p_entity_id, p_before,
    p_after, p_context, to_jsonb(p_tags), extract(epoch from p_created_at))::text, 'UTF8'));
--rollback drop table kernel.audit; drop function kernel.refuse_change(); drop function kernel.audit_leaf;

--changeset steinmetz:0001-kernel-outbox splitStatements:false
create table kernel.outbox (
  id           bigint generated always as identity primary key,
  event_id     uuid not null unique default uuidv7(),
  tenant_id    uuid not null,
  type         text not null,
  aggregate_id text not null,
  payload      jsonb,              -- null when the event is the audit record it points to
  audit_id     bigint references kernel.audit,
  context      jsonb not null,
  traceparent  text,
  xid          xid8 not null default pg_current_xact_id(),
  created_at   timestamptz not null default now(),
  published_at timestamptz,        -- the relay takes unmarked rows; a cursor over ids would lose a slow transaction's
  check ((payload is null) = (audit_id is not null))
);
create index outbox_unpublished on kernel.outbox (id) where published_at is null;
create index outbox_tail on kernel.outbox (xid, id);
alter table kernel.outbox enable row level security;
alter table kernel.outbox force row level security;
create policy tenant on kernel.outbox to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
create policy relay_reads on kernel.outbox for select to ${relay} using (true);
create policy relay_marks on kernel.outbox for update to ${relay} using (true) with check (true);
grant select, insert on kernel.outbox to ${service};
grant select, update (published_at) on kernel.outbox to ${relay};
--rollback drop table kernel.outbox;

--changeset steinmetz:0001-kernel-inbox splitStatements:false
-- What a consumer has digested: an event delivered twice is applied once.
create table kernel.inbox (
  tenant_id   uuid not null,
  consumer    text not null,
  event_id    uuid not null,
  received_at timestamptz not null default now(),
  primary key (tenant_id, consumer, event_id)
);
alter table kernel.inbox enable row level security;
alter table kernel.inbox force row level security;
create policy tenant on kernel.inbox to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
grant select, insert on kernel.inbox to ${service};
--rollback drop table kernel.inbox;

--changeset steinmetz:0001-kernel-person-key splitStatements:false
-- One data key per person, wrapped by the configured key. Destroying it makes the person's audit data
-- unreadable and leaves every hash intact.
create table kernel.person_key (
  tenant_id   uuid not null,
  person_id   text not null,
  wrapped_key bytea not null,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, person_id)
);
alter table kernel.person_key enable row level security;
alter table kernel.person_key force row level security;
create policy tenant on kernel.person_key to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
grant select, insert on kernel.person_key to ${service};
--rollback drop table kernel.person_key;

--changeset steinmetz:0001-kernel-command splitStatements:false
-- First statement of a command. Sets the tenant for this transaction, then claims the key. Returns null to
-- the one who may execute, and to everyone else { same, answer } of the one who did. A concurrent twin
-- waits here on the primary key: until we commit, and then reads our answer; or until we roll back, and
-- then is the one to execute. It is one round trip only because each statement of a volatile plpgsql
-- function takes a fresh snapshot under READ COMMITTED: the select sees what the insert waited for.
create function kernel.claim(p_tenant uuid, p_actor text, p_operation text, p_key text, p_hash bytea)
  returns json language plpgsql volatile as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into kernel.idempotency (tenant_id, actor, operation, key, request_hash)
    values (p_tenant, p_actor, p_operation, p_key, p_hash) on conflict do nothing;
  if found then return null; end if;
  return (select json_build_object('same', i.request_hash is null or i.request_hash = p_hash, 'answer', i.answer)
    from kernel.idempotency i
    where i.tenant_id = p_tenant and i.actor = p_actor and i.operation = p_operation and i.key = p_key);
end $$;

-- For a compensation, behind its own claim: says whether the command it undoes was done. If that one never
-- arrived, its key is claimed here as a tombstone, so that it is refused should it still arrive.
create function kernel.entomb(p_actor text, p_operation text, p_key text, p_refusal json)
  returns boolean language plpgsql volatile as $$
declare stored json;
begin
  insert into kernel.idempotency (tenant_id, actor, operation, key, answer, completed_at)
    values (kernel.tenant(), p_actor, p_operation, p_key, p_refusal, now()) on conflict do nothing;
  if found then return false; end if;
  select i.answer into stored from kernel.idempotency i
    where i.tenant_id = kernel.tenant() and i.actor = p_actor and i.operation = p_operation and i.key = p_key;
  return stored -> 'refusal' is null;
end $$;

-- Last statement of a command: all that happened, in one go.
create function kernel.finish(p_actor text, p_operation text, p_key text, p_context jsonb, p_traceparent text,
    p_changes jsonb, p_events jsonb, p_answer json) returns void language plpgsql volatile as $$
begin
  perform kernel.record_audit(p_context, p_traceparent, p_changes);
  insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context, traceparent)
    select kernel.tenant(), e.type, e."aggregateId", e.payload, p_context, p_traceparent
    from jsonb_to_recordset(p_events) as e (type text, "aggregateId" text, payload jsonb);
  update kernel.idempotency set answer = p_answer, completed_at = now()
    where tenant_id = kernel.tenant() and actor = p_actor and operation = p_operation and key = p_key and answer is null;
  if not found then raise exception 'the key was never claimed' using errcode = 'assert_failure'; end if;
end $$;

-- Audit records, and for each an outbox row that points to it, so that the evidence reaches the compliance
-- store by the road that every event takes.
create function kernel.record_audit(p_context jsonb, p_traceparent text, p_changes jsonb)
  returns void language sql volatile begin atomic
  with recorded as (
    insert into kernel.audit (tenant_id, operation, entity, entity_id, before, after, context, tags, created_at, leaf_hash)
    select kernel.tenant(), c.operation, c.entity, c.id, c.before, c.after, p_context, coalesce(c.tags, '{}'), now(),
           kernel.audit_leaf(kernel.tenant(), c.operation, c.entity, c.id, c.before, c.after, p_context,
             coalesce(c.tags, '{}'), now())
    from jsonb_to_recordset(p_changes)
      as c (operation text, entity text, id text, before jsonb, after jsonb, tags text[])
    returning id, entity_id)
  insert into kernel.outbox (tenant_id, type, aggregate_id, audit_id, context, traceparent)
    select kernel.tenant(), 'kernel.AuditRecorded', recorded.entity_id, recorded.id, p_context, p_traceparent from recorded;
end;
grant execute on all functions in schema kernel to ${service};
--rollback drop function kernel.finish; drop function kernel.record_audit; drop function kernel.entomb; drop function kernel.claim;
