--liquibase formatted sql

--changeset steinmetz:0008-saga-open-letters splitStatements:false
-- What waits for an operator, page by page: those that were settled are ever more.
create index dead_letter_waiting on saga.dead_letter (tenant_id, id) where settled_at is null;
--rollback drop index saga.dead_letter_waiting;
