--liquibase formatted sql

--changeset steinmetz:0009-saga-release splitStatements:false
-- What one person proposes and another confirms: that new sagas begin on another version (ACTIVATE; going back is the
-- same), or that a version is done with (RETIRE). The service role writes proposals and decisions of its own tenant;
-- only the engine carries out what was confirmed.
create table saga.release (
  id                 uuid primary key default uuidv7(),
  tenant_id          uuid not null default kernel.tenant(),
  version            int not null default 1,             -- goes up with every change of this row
  definition         text not null,
  definition_version int not null,
  from_version       int,                                -- the version that was active when it was proposed
  content_hash       bytea not null,                     -- of what was proposed
  kind               text not null check (kind in ('ACTIVATE', 'RETIRE')),
  reason             text not null check (length(trim(reason)) > 0),
  status             text not null default 'PROPOSED' check (status in ('PROPOSED', 'CONFIRMED', 'WITHDRAWN', 'DONE', 'REFUSED')),
  proposed_by        jsonb not null,                     -- person, account, session, address, requestId
  proposed_person    text not null generated always as (proposed_by ->> 'person') stored,
  proposed_at        timestamptz not null default now(),
  confirmed_by       jsonb,
  confirmed_person   text generated always as (confirmed_by ->> 'person') stored,
  confirmed_at       timestamptz,
  outcome            text,                               -- what came of it when it was carried out
  settled_at         timestamptz,                        -- when it was withdrawn or carried out
  foreign key (definition, definition_version) references saga.definition,
  constraint two_people_release check (proposed_person <> confirmed_person),
  check (case when status in ('PROPOSED', 'WITHDRAWN') then num_nonnulls(confirmed_by, confirmed_person, confirmed_at) = 0
              else num_nulls(confirmed_by, confirmed_person, confirmed_at) = 0 end),
  check ((settled_at is null) = (status in ('PROPOSED', 'CONFIRMED'))),
  check ((outcome is not null) = (status in ('DONE', 'REFUSED')))
);
create unique index release_open on saga.release (definition) where status in ('PROPOSED', 'CONFIRMED');
create index release_confirmed on saga.release (id) where status = 'CONFIRMED';
create index release_definition on saga.release (tenant_id, definition, id);
call saga.protect('saga.release');
create policy proposed on saga.release for insert to ${service}
  with check (tenant_id = (select kernel.tenant()) and status = 'PROPOSED');
create policy decided on saga.release for update to ${service}
  using (tenant_id = (select kernel.tenant()) and status = 'PROPOSED')
  with check (tenant_id = (select kernel.tenant()) and status in ('CONFIRMED', 'WITHDRAWN'));
grant insert (id, tenant_id, definition, definition_version, from_version, content_hash, kind, reason, proposed_by)
  on saga.release to ${service};
grant update (version, status, confirmed_by, confirmed_at, settled_at) on saga.release to ${service};
-- Since when nothing begins on it any more. What began to begin on it before has then a few seconds to be done.
alter table saga.definition add column draining_since timestamptz;
--rollback alter table saga.definition drop column draining_since; drop table saga.release;
