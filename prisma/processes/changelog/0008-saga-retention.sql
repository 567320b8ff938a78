--liquibase formatted sql

--changeset steinmetz:0008-saga-retention splitStatements:false
-- When the domains were told that they may forget the saga's idempotency keys: so long after its end.
alter table saga.instance add column keys_released_at timestamptz;
create index instance_ended on saga.instance (finished_at) where finished_at is not null and keys_released_at is null;
alter policy engine on kernel.outbox with check (type in ('processes.ProcessChanged', 'kernel.KeysReleased'));
-- Events that were digested are forgotten after the same time: what they began or decided is known by itself.
create index saga_inbox_age on saga.inbox using brin (received_at);
grant delete on saga.inbox to ${engine};
--rollback revoke delete on saga.inbox from ${engine}; drop index saga.saga_inbox_age; alter policy engine on kernel.outbox with check (type = 'processes.ProcessChanged'); drop index saga.instance_ended; alter table saga.instance drop column keys_released_at;
