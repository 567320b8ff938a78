--liquibase formatted sql

--changeset steinmetz:0003-saga-timer splitStatements:false
-- A saga may wait for a date. Nothing is sent meanwhile: the step is WAITING, its command says until when.
alter table saga.instance add column wake_at timestamptz; -- when the timer it waits for ends
alter table saga.step drop constraint step_kind_check;
alter table saga.step add constraint step_kind_check
  check (kind in ('step', 'approval', 'timer', 'pivot', 'retriable', 'rolledBack'));
--rollback delete from saga.step where kind = 'timer'; alter table saga.step drop constraint step_kind_check; alter table saga.step add constraint step_kind_check check (kind in ('step', 'approval', 'pivot', 'retriable', 'rolledBack')); alter table saga.instance drop column wake_at;
