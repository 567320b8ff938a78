--liquibase formatted sql

--changeset steinmetz:0005-saga-open splitStatements:false
-- Sagas that have not ended, for the metrics: those that have are ever more. No move of a running saga touches it.
create index instance_open on saga.instance (definition) where finished_at is null;
--rollback drop index saga.instance_open;
