--liquibase formatted sql

--changeset steinmetz:0006-saga-letter-orders splitStatements:false
-- What operators have ordered about a dead letter, settled orders too. Those about a saga have an index.
create index signal_letter on saga.signal (dead_letter_id, id) where dead_letter_id is not null;
--rollback drop index saga.signal_letter;
