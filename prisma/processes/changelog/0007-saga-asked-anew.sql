--liquibase formatted sql

--changeset steinmetz:0007-saga-changed splitStatements:false
-- A saga is told by an event that what it has put to a decision was changed. Operators cannot say so.
alter table saga.signal drop constraint signal_kind_check;
alter table saga.signal add constraint signal_kind_check
  check (kind in ('DECISION', 'CHANGED', 'CANCEL', 'REDRIVE', 'RESUME', 'SKIP'));
alter policy order_given on saga.signal with check (tenant_id = (select kernel.tenant())
  and kind not in ('DECISION', 'CHANGED') and admitted_at is null and consumed_at is null);
--rollback delete from saga.signal where kind = 'CHANGED'; alter table saga.signal drop constraint signal_kind_check; alter table saga.signal add constraint signal_kind_check check (kind in ('DECISION', 'CANCEL', 'REDRIVE', 'RESUME', 'SKIP')); alter policy order_given on saga.signal with check (tenant_id = (select kernel.tenant()) and kind <> 'DECISION' and admitted_at is null and consumed_at is null);
