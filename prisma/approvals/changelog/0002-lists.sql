--liquibase formatted sql

--changeset steinmetz:0002-approvals-lists
create index approval_request_by_expiry on approval_request (tenant_id, expires_at, id);
--rollback drop index approval_request_by_expiry;
