--liquibase formatted sql

--changeset steinmetz:0010-saga-external splitStatements:false
-- A step that calls a system outside is of a kind of its own, and so is one that is the pivot besides.
alter table saga.step drop constraint step_kind_check;
alter table saga.step add constraint step_kind_check
  check (kind in ('lock', 'step', 'approval', 'timer', 'external', 'pivot', 'externalPivot', 'retriable', 'rolledBack'));
--rollback update saga.step set kind = case kind when 'external' then 'step' else 'pivot' end where kind in ('external', 'externalPivot'); alter table saga.step drop constraint step_kind_check; alter table saga.step add constraint step_kind_check check (kind in ('lock', 'step', 'approval', 'timer', 'pivot', 'retriable', 'rolledBack'));
