--liquibase formatted sql

--changeset steinmetz:0001-payroll-account splitStatements:false
create type payroll_account_status as enum ('OPEN', 'CLOSED');

create table payroll_account (
  id                     uuid primary key,
  tenant_id              uuid not null default kernel.tenant(),
  version                int not null default 1,
  employee_id            uuid not null,             -- of the personnel domain, whose database is another
  status                 payroll_account_status not null default 'OPEN',
  opens_on               date not null,
  closed_at              timestamptz(3),
  tax_class              smallint check (tax_class between 1 and 6),
  tax_id                 text check (tax_id ~ '^[1-9][0-9]{10}$'),
  child_allowance_halves smallint check (child_allowance_halves between 0 and 40),
  church_tax             boolean,
  iban                   text check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
  account_holder         text check (length(account_holder) between 1 and 70),
  unique (tenant_id, employee_id),
  unique (tenant_id, id),
  check ((status = 'CLOSED') = (closed_at is not null)),
  -- Filled in as a whole or not at all.
  check (num_nonnulls(tax_class, tax_id, child_allowance_halves, church_tax) in (0, 4)),
  check (num_nonnulls(iban, account_holder) in (0, 2))
);

alter table payroll_account enable row level security;
alter table payroll_account force row level security;
create policy tenant on payroll_account to ${service}
  using (tenant_id = (select kernel.tenant())) with check (tenant_id = (select kernel.tenant()));
grant select, insert, update on payroll_account to ${service};
--rollback drop table payroll_account; drop type payroll_account_status;
