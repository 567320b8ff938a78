--liquibase formatted sql

--changeset steinmetz:0011-saga-commuting splitStatements:false
-- Changes that commute share a lock: each adds or takes away, none sets, so their order is of no account. A lock is
-- held by one saga alone or by all that commute alike. How many do is counted in this one row: it decides of those who
-- come at the same moment. Every lock there is now is held alone, and workers of before go on taking such ones.
-- This is not taken back while a lock is shared: nobody would keep others off what those sagas change.
alter table saga.semantic_lock
  alter column saga_id drop not null,                  -- who holds it alone
  add column commutes_as text,                         -- what those who share it have in common
  add column holders int not null default 1,
  add constraint alone_or_together check (case when commutes_as is null then saga_id is not null and holders = 1
                                               else saga_id is null and holders > 0 end);
create table saga.lock_sharer (
  saga_id     uuid not null,
  tenant_id   uuid not null,
  resource    text not null,
  acquired_at timestamptz not null default now(),
  primary key (saga_id, resource),
  foreign key (tenant_id, saga_id) references saga.instance (tenant_id, id),
  foreign key (tenant_id, resource) references saga.semantic_lock -- what somebody shares is not given to another
);
create index lock_sharer_of on saga.lock_sharer (tenant_id, resource);
call saga.protect('saga.lock_sharer');
grant delete on saga.lock_sharer to ${engine};
-- Of those who wait for a lock the oldest is looked for.
drop index saga.instance_waits_for_lock;
create index instance_waits_for_lock on saga.instance (tenant_id, awaits, id) where awaits like 'lock:%';
--rollback drop index saga.instance_waits_for_lock; create index instance_waits_for_lock on saga.instance (awaits, id) where awaits like 'lock:%'; drop table saga.lock_sharer; alter table saga.semantic_lock drop constraint alone_or_together, drop column holders, drop column commutes_as, alter column saga_id set not null;
