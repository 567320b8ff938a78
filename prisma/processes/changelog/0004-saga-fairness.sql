--liquibase formatted sql

--changeset steinmetz:0004-saga-held splitStatements:false
-- How many sagas of a tenant are in hand: one tenant's flood must leave room for the others.
create index instance_held on saga.instance (tenant_id) where lease_owner is not null;
--rollback drop index saga.instance_held;
