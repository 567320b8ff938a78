--liquibase formatted sql

--changeset steinmetz:0001-hr-tables splitStatements:false
create type employee_status as enum ('DRAFT', 'ACTIVE', 'WITHDRAWN');

create table department (
  id        uuid primary key,
  tenant_id uuid not null default kernel.tenant(),
  version   int not null default 1,
  name      text not null check (length(name) between 1 and 100),
  unique (tenant_id, name),
  unique (tenant_id, id)
);

create table employee (
  id                uuid primary key,
  tenant_id         uuid not null default kernel.tenant(),
  version           int not null default 1,
  personnel_number  text not null,
  first_name        text not null,
  last_name         text not null,
  birth_date        date not null,
  email             text,
  department_id     uuid not null,
  status            employee_status not null default 'DRAFT',
  drafted_at        timestamptz(3) not null,
  activated_at      timestamptz(3),
  withdrawn_because text,
  unique (tenant_id, personnel_number),
  unique (tenant_id, id),
  -- Foreign keys look past row-level security: with the tenant in the key none can lead to another's row.
  foreign key (tenant_id, department_id) references department (tenant_id, id),
  check ((status = 'ACTIVE') = (activated_at is not null)),
  check ((status = 'WITHDRAWN') = (withdrawn_because is not null))
);

create table contract (
  id                      uuid primary key,
  tenant_id               uuid not null default kernel.tenant(),
  version                 int not null default 1,
  employee_id             uuid not null unique,
  position                text not null,
  starts_on               date not null,
  ends_on                 date check (ends_on >= starts_on),
  weekly_hours_hundredths int not null check (weekly_hours_hundredths between 1 and 4800),
  monthly_gross_cents     bigint not null check (monthly_gross_cents > 0),
  last_edited_by          text not null,
  unique (tenant_id, id),
  foreign key (tenant_id, employee_id) references employee (tenant_id, id)
);

create table onboarding_task (
  id          uuid primary key,
  tenant_id   uuid not null default kernel.tenant(),
  version     int not null default 1,
  employee_id uuid not null,
  position    int not null,
  title       text not null,
  due_on      date not null,
  done_at     timestamptz(3),
  unique (tenant_id, employee_id, position),
  unique (tenant_id, id),
  foreign key (tenant_id, employee_id) references employee (tenant_id, id)
);

do $$
declare t text;
begin
  foreach t in array array['department', 'employee', 'contract', 'onboarding_task'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I to ${service} using (tenant_id = (select kernel.tenant()))
      with check (tenant_id = (select kernel.tenant()))', t);
    execute format('grant select, insert, update on %I to ${service}', t);
  end loop;
end $$;
--rollback drop table onboarding_task; drop table contract; drop table employee; drop table department; drop type employee_status;
