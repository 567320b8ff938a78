--liquibase formatted sql

--changeset steinmetz:0003-kernel-retention splitStatements:false
-- What is not needed any more is removed by the relay, in batches and by age. Rows come in the order of time, so a
-- BRIN index finds the oldest and costs a command nothing. The relay reads no answer.
create index idempotency_age on kernel.idempotency using brin (created_at) with (pages_per_range = 32, autosummarize = on);
create index outbox_age on kernel.outbox using brin (created_at) with (pages_per_range = 32, autosummarize = on);
create index inbox_age on kernel.inbox using brin (received_at) with (pages_per_range = 32, autosummarize = on);
-- The keys of a saga begin with its id, and are removed by it.
create index idempotency_saga on kernel.idempotency (left(key, 36)) where actor like 'service:%';
grant select (tenant_id, actor, operation, key, created_at), delete on kernel.idempotency to ${relay};
create policy relay_reads on kernel.idempotency for select to ${relay} using (true);
create policy relay_purges on kernel.idempotency for delete to ${relay} using (true);
grant delete on kernel.outbox to ${relay};
create policy relay_purges on kernel.outbox for delete to ${relay} using (published_at is not null);
grant select, delete on kernel.inbox to ${relay};
create policy relay_purges on kernel.inbox to ${relay} using (true);
--rollback drop policy relay_purges on kernel.inbox; revoke select, delete on kernel.inbox from ${relay}; drop policy relay_purges on kernel.outbox; revoke delete on kernel.outbox from ${relay}; drop policy relay_purges on kernel.idempotency; drop policy relay_reads on kernel.idempotency; revoke select (tenant_id, actor, operation, key, created_at), delete on kernel.idempotency from ${relay}; drop index kernel.idempotency_saga; drop index kernel.inbox_age; drop index kernel.outbox_age; drop index kernel.idempotency_age;
