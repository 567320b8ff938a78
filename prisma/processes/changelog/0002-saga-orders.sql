--liquibase formatted sql

--changeset steinmetz:0002-saga-orders splitStatements:false
-- Orders about events that could not be digested are looked for by themselves; open letters by their saga.
create index signal_letters on saga.signal (id) where dead_letter_id is not null and consumed_at is null;
create index dead_letter_saga on saga.dead_letter (saga_id) where settled_at is null and saga_id is not null;
--rollback drop index saga.signal_letters; drop index saga.dead_letter_saga;
