--liquibase formatted sql

--changeset steinmetz:0006-saga-letter-orders splitStatements:false
-- What operators have ordered about a dead letter, settled orders too. Those about a saga have an index.
create index signal_letter on saga.signal (dead_letter_id, id) where dead_letter_id is not null;
--rollback drop index saga.signal_letter;

--changeset steinmetz:0006-saga-outbox splitStatements:false
-- The engine tells what becomes of a saga in the transaction that moves it: this event, and no other.
grant usage on schema kernel to ${engine};
grant insert (tenant_id, type, aggregate_id, payload, context, traceparent) on kernel.outbox to ${engine};
create policy engine on kernel.outbox for insert to ${engine} with check (type = 'processes.ProcessChanged');
--rollback drop policy engine on kernel.outbox; revoke insert on kernel.outbox from ${engine}; revoke usage on schema kernel from ${engine};
