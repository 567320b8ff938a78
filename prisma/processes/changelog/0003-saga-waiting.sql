--liquibase formatted sql

--changeset steinmetz:0003-saga-timer splitStatements:false
-- A saga may wait for a date. Nothing is sent meanwhile: the step is WAITING, its command says until when.
alter table saga.instance add column wake_at timestamptz; -- when the timer it waits for ends
alter table saga.step drop constraint step_kind_check;
alter table saga.step add constraint step_kind_check
  check (kind in ('step', 'approval', 'timer', 'pivot', 'retriable', 'rolledBack'));
--rollback delete from saga.step where kind = 'timer'; alter table saga.step drop constraint step_kind_check; alter table saga.step add constraint step_kind_check check (kind in ('step', 'approval', 'pivot', 'retriable', 'rolledBack')); alter table saga.instance drop column wake_at;

--changeset steinmetz:0003-saga-lock splitStatements:false
-- A semantic lock: while one saga is at work on a subject, another of the same kind of isolation waits for it
-- or is refused. It is taken by the saga's first step and given back by the move that ends the saga.
create table saga.semantic_lock (
  tenant_id   uuid not null,
  resource    text not null,                         -- what it is about, such as Employee:<id>
  saga_id     uuid not null,
  acquired_at timestamptz not null default now(),
  primary key (tenant_id, resource),
  foreign key (tenant_id, saga_id) references saga.instance (tenant_id, id)
);
create index semantic_lock_saga on saga.semantic_lock (saga_id);
call saga.protect('saga.semantic_lock');
grant delete on saga.semantic_lock to ${engine};
create index instance_waits_for_lock on saga.instance (awaits, id) where awaits like 'lock:%';
alter table saga.step drop constraint step_kind_check;
alter table saga.step add constraint step_kind_check
  check (kind in ('lock', 'step', 'approval', 'timer', 'pivot', 'retriable', 'rolledBack'));
--rollback drop index saga.instance_waits_for_lock; drop table saga.semantic_lock; delete from saga.step where kind = 'lock'; alter table saga.step drop constraint step_kind_check; alter table saga.step add constraint step_kind_check check (kind in ('step', 'approval', 'timer', 'pivot', 'retriable', 'rolledBack'));
