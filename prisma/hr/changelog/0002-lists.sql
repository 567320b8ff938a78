--liquibase formatted sql

--changeset steinmetz:0002-hr-lists splitStatements:false
-- 999 comes before 1001, and A-2 before A-10. Equal is still only what is written alike.
create collation numbers_by_value (provider = icu, locale = 'de-u-kn');
alter table employee alter column personnel_number type text collate numbers_by_value;

-- By family name, then first name, as one key in the order of German dictionaries (DIN 5007-1): ä beside a.
-- U+FFFE between the parts sorts before everything, and lets ICU compare both names by letters before it
-- looks at accents (UTS #35, merging collation keys).
alter table employee
  add column sort_name text collate "de-x-icu" not null generated always as (last_name || U&'\FFFE' || first_name) stored,
  add column search_text text not null generated always as
    (kernel.searchable(personnel_number || ' ' || first_name || ' ' || last_name)) stored;
create index employee_by_name on employee (tenant_id, sort_name, id);
create index contract_by_start on contract (tenant_id, starts_on, employee_id);

-- What lists of employees are filtered and sorted by, and nothing that commands load: what they load, the
-- audit trail keeps. Whoever reads it sees what the policies of the tables let them see.
create view employee_listed with (security_invoker) as
  select e.id, e.tenant_id, e.status, e.department_id, e.personnel_number, e.sort_name, e.search_text, c.starts_on
  from employee e join contract c on c.employee_id = e.id;
grant select on employee_listed to ${service};
--rollback drop view employee_listed; drop index contract_by_start; alter table employee drop column sort_name, drop column search_text; alter table employee alter column personnel_number type text collate "default"; drop collation numbers_by_value;
