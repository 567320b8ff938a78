--liquibase formatted sql

--changeset steinmetz:0001-approvals-request splitStatements:false
create type approval_status as enum ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED');

create table approval_request (
  id             uuid primary key,
  tenant_id      uuid not null default kernel.tenant(),
  version        int not null default 1,
  policy         text not null,
  policy_version int not null,
  subject_type   text not null,
  subject_id     text not null,
  content_hash   text not null,
  status         approval_status not null default 'PENDING',
  requested_by   text not null,
  last_edited_by text not null,
  requested_at   timestamptz(3) not null,
  expires_at     timestamptz(3) not null,
  decided_by     text,
  decided_at     timestamptz(3),
  comment        text,
  unique (tenant_id, id),
  check ((status in ('APPROVED', 'REJECTED')) = (decided_by is not null and decided_at is not null)),
  -- Four eyes, held by the database as well as by the decision.
  check (decided_by is null or decided_by not in (requested_by, last_edited_by))
);
-- A subject is put to one decision at a time.
create unique index approval_request_pending on approval_request (tenant_id, policy, subject_id) where status = 'PENDING';
create index approval_request_subject on approval_request (tenant_id, subject_id);

alter table approval_request enable row level security;
alter table approval_request force row level security;
create policy tenant on approval_request to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
grant select, insert, update on approval_request to ${service};
--rollback drop table approval_request; drop type approval_status;
