--liquibase formatted sql

--changeset steinmetz:0001-compliance-audit-record splitStatements:false
create type audit_operation as enum ('CREATE', 'UPDATE', 'DELETE', 'VIEW');

-- Every domain's audit records in one place, as they came over the event bus.
create table audit_record (
  id          uuid primary key,   -- given by the domain that recorded it, ordered by time
  tenant_id   uuid not null default kernel.tenant(),
  operation   audit_operation not null,
  entity      text not null,
  entity_id   text not null,
  before      jsonb,
  after       jsonb,
  command     text not null,
  service     text not null,
  person      text not null,
  account     text not null,
  session     text not null,
  address     text not null,
  request_id  text not null,
  tags        text[] not null,
  leaf_hash   text not null,
  recorded_at timestamptz not null,
  unique (tenant_id, id)
);
create index audit_record_entity on audit_record (tenant_id, entity_id, id);
create index audit_record_person on audit_record (tenant_id, person, id);
create index audit_record_request on audit_record (tenant_id, request_id);
create index audit_record_time on audit_record (tenant_id, recorded_at);

alter table audit_record enable row level security;
alter table audit_record force row level security;
create policy tenant on audit_record to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
grant select, insert on audit_record to ${service};
create trigger append_only before update or delete or truncate on audit_record
  for each statement execute function kernel.refuse_change();
--rollback drop table audit_record; drop type audit_operation;
