--liquibase formatted sql

--changeset steinmetz:0002-payroll-lists
create index payroll_account_by_opening on payroll_account (tenant_id, opens_on, id);
--rollback drop index payroll_account_by_opening;
