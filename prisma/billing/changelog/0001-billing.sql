--liquibase formatted sql

--changeset steinmetz:0001-billing-customers splitStatements:false
create type customer_kind as enum ('COMPANY', 'PERSON');
-- 999 comes before 1001, and A-2 before A-10. Equal is still only what is written alike.
create collation numbers_by_value (provider = icu, locale = 'de-u-kn');

create table customer (
  id                uuid primary key,
  tenant_id         uuid not null default kernel.tenant(),
  version           int not null default 1,
  customer_number   text collate numbers_by_value not null,
  kind              customer_kind not null,
  name              text not null,
  contact_name      text,
  email             text,
  vat_id            text,
  addresses         jsonb not null check (jsonb_typeof(addresses -> 'billing') = 'object'),
  payment_term_days int not null check (payment_term_days between 0 and 365),
  unique (tenant_id, customer_number),
  unique (tenant_id, id)
);

-- Whoever issues the invoices of a tenant; § 14 Abs. 4 Nr. 1 and 2 UStG ask for all of this.
create table seller (
  id         uuid primary key,
  tenant_id  uuid not null unique default kernel.tenant(),
  version    int not null default 1,
  name       text not null,
  address    jsonb not null check (jsonb_typeof(address) = 'object'),
  vat_id     text,
  tax_number text,
  email      text not null,
  iban       text not null,
  unique (tenant_id, id),
  check (vat_id is not null or tax_number is not null)
);
--rollback drop table seller; drop table customer; drop collation numbers_by_value; drop type customer_kind;

--changeset steinmetz:0001-billing-invoices splitStatements:false
create type invoice_kind as enum ('INVOICE', 'CANCELLATION', 'CREDIT_NOTE');
create type invoice_status as enum ('DRAFT', 'ISSUING', 'ISSUED', 'DISCARDED');
create type vat_category as enum ('STANDARD', 'REDUCED', 'ZERO', 'REVERSE_CHARGE');

create table invoice (
  id                  uuid primary key,
  tenant_id           uuid not null default kernel.tenant(),
  version             int not null default 1,
  kind                invoice_kind not null,
  status              invoice_status not null default 'DRAFT',
  customer_id         uuid not null,
  series              text not null check (series ~ '^[A-Z]{1,8}$'),
  served_from         date not null,
  served_to           date not null,
  payment_term_days   int not null check (payment_term_days between 0 and 365),
  buyer_reference     text,
  note                text,
  zero_rate_reason    text,
  corrects_id         uuid,
  correction_reason   text,
  net_cents           bigint not null,
  vat_cents           bigint not null,
  gross_cents         bigint not null,
  vat_breakdown       jsonb not null,
  drafted_at          timestamptz(3) not null,
  last_edited_by      text not null,
  issue_round         int not null default 0,
  requested_by        text,
  returned_because    text,
  -- What issuing adds. From then on nothing changes any more.
  number              text,
  number_year         int,
  number_sequence     int,
  issued_at           timestamptz(3),
  issued_on           date,
  due_on              date,
  content_hash        text,
  approval_request_id uuid,
  recipient           jsonb,
  seller              jsonb,
  unique (tenant_id, id),
  unique (tenant_id, number),
  unique (tenant_id, series, number_year, number_sequence),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id),
  foreign key (tenant_id, corrects_id) references invoice (tenant_id, id),
  check (served_from <= served_to),
  check (gross_cents = net_cents + vat_cents),
  check ((kind = 'INVOICE') = (corrects_id is null)),
  check ((kind = 'INVOICE') = (correction_reason is null)),
  check (case when kind = 'INVOICE' then gross_cents >= 0 else gross_cents <= 0 end),
  check (case when status = 'ISSUED'
    then num_nulls(number, number_year, number_sequence, issued_at, issued_on, due_on, content_hash, recipient, seller) = 0
    else num_nonnulls(number, number_year, number_sequence, issued_at, issued_on, due_on, content_hash, recipient, seller) = 0
    end)
);
create index invoice_customer on invoice (tenant_id, customer_id);
create index invoice_corrects on invoice (tenant_id, corrects_id) where corrects_id is not null;
-- One Storno for an invoice, whoever is quicker.
create unique index invoice_cancelled_once on invoice (tenant_id, corrects_id) where kind = 'CANCELLATION';

create table invoice_line (
  id                   uuid primary key,
  tenant_id            uuid not null default kernel.tenant(),
  version              int not null default 1,
  invoice_id           uuid not null,
  position             int not null,
  description          text not null,
  unit_code            text not null,
  quantity_thousandths int not null check (quantity_thousandths <> 0),
  unit_price_micros    bigint not null check (unit_price_micros >= 0),
  vat_category         vat_category not null,
  net_cents            bigint not null,
  corrects_line_id     uuid,
  unique (tenant_id, invoice_id, position),
  unique (tenant_id, id),
  foreign key (tenant_id, invoice_id) references invoice (tenant_id, id),
  foreign key (tenant_id, corrects_line_id) references invoice_line (tenant_id, id)
);

-- Mails of the customer's copy. An invoice itself never changes, so what became of it stands beside it.
create table delivery (
  id           uuid primary key,
  tenant_id    uuid not null default kernel.tenant(),
  version      int not null default 1,
  invoice_id   uuid not null,
  message_id   text not null,
  delivered_at timestamptz(3) not null,
  unique (tenant_id, id),
  unique (tenant_id, invoice_id, message_id),
  foreign key (tenant_id, invoice_id) references invoice (tenant_id, id)
);
--rollback drop table delivery; drop table invoice_line; drop table invoice; drop type vat_category; drop type invoice_status; drop type invoice_kind;

--changeset steinmetz:0001-billing-issued splitStatements:false
-- An issued document never changes (§ 14 UStG, GoBD): held here as well as by the decisions.
create function refuse_change_of_issued() returns trigger language plpgsql as $$
begin
  if old.number is not null then
    raise exception 'the issued document % never changes', old.number using errcode = 'insufficient_privilege';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger issued_never_changes before update or delete on invoice
  for each row execute function refuse_change_of_issued();

create function refuse_change_of_issued_lines() returns trigger language plpgsql as $$
declare issued text;
begin
  select i.number into issued from invoice i
    where i.number is not null and i.id in (
      case when tg_op <> 'INSERT' then old.invoice_id end, case when tg_op <> 'DELETE' then new.invoice_id end)
    limit 1;
  if found then
    raise exception 'the issued document % never changes', issued using errcode = 'insufficient_privilege';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger issued_never_changes before insert or update or delete on invoice_line
  for each row execute function refuse_change_of_issued_lines();

create trigger append_only before update or delete or truncate on delivery
  for each statement execute function kernel.refuse_change();
--rollback drop trigger append_only on delivery; drop trigger issued_never_changes on invoice_line; drop trigger issued_never_changes on invoice; drop function refuse_change_of_issued_lines; drop function refuse_change_of_issued;

--changeset steinmetz:0001-billing-numbers splitStatements:false
-- The last number of each tenant, series and year. Its row is locked from taking a number until the commit,
-- so numbers are given in the order of the commits, and what is rolled back gives its number back.
create table number_range (
  tenant_id     uuid not null default kernel.tenant(),
  series        text not null check (series ~ '^[A-Z]{1,8}$'),
  year          int not null,
  last_sequence int not null,
  primary key (tenant_id, series, year)
);

create function assert_next_number() returns trigger language plpgsql as $$
declare expected int = 1;
begin
  if tg_op = 'UPDATE' then
    expected = old.last_sequence + 1;
    if (new.tenant_id, new.series, new.year) is distinct from (old.tenant_id, old.series, old.year) then
      raise exception 'the range % % stays what it is', old.series, old.year using errcode = 'check_violation';
    end if;
  end if;
  if new.last_sequence is distinct from expected then
    raise exception 'numbers of % % go up by one', new.series, new.year using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger one_by_one before insert or update on number_range for each row execute function assert_next_number();

-- A number that was taken is on a document when its transaction commits, or there would be a gap.
create function assert_number_used() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from invoice i where i.tenant_id = new.tenant_id and i.series = new.series
      and i.number_year = new.year and i.number_sequence = new.last_sequence) then
    raise exception 'number % of % % was taken and not used', new.last_sequence, new.series, new.year
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger no_gap after insert or update on number_range
  deferrable initially deferred for each row execute function assert_number_used();

-- And what is on a document was taken from its range.
create function assert_number_taken() returns trigger language plpgsql as $$
begin
  if new.number is not null and not exists (select 1 from number_range r where r.tenant_id = new.tenant_id
      and r.series = new.series and r.year = new.number_year and r.last_sequence = new.number_sequence) then
    raise exception 'number % of % % was not taken from its range', new.number_sequence, new.series, new.number_year
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger number_taken before insert or update on invoice for each row execute function assert_number_taken();
--rollback drop trigger number_taken on invoice; drop function assert_number_taken; drop table number_range; drop function assert_number_used; drop function assert_next_number;

--changeset steinmetz:0001-billing-receivables splitStatements:false
-- What is still to be paid of an issued invoice; its id is the invoice's. Credit notes may exceed the invoice
-- by the cents that rounding leaves, payments never do.
create table open_item (
  id             uuid primary key,
  tenant_id      uuid not null default kernel.tenant(),
  version        int not null default 1,
  customer_id    uuid not null,
  due_on         date not null,
  gross_cents    bigint not null check (gross_cents >= 0),
  credited_cents bigint not null default 0 check (credited_cents >= 0),
  paid_cents     bigint not null default 0,
  open_cents     bigint not null generated always as (gross_cents - credited_cents - paid_cents) stored,
  unique (tenant_id, id),
  foreign key (tenant_id, id) references invoice (tenant_id, id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id),
  check (paid_cents between 0 and greatest(gross_cents - credited_cents, 0))
);
create index open_item_due on open_item (tenant_id, due_on, id) where open_cents <> 0;
create index open_item_customer on open_item (tenant_id, customer_id);

create table payment (
  id                uuid primary key,
  tenant_id         uuid not null default kernel.tenant(),
  version           int not null default 1,
  customer_id       uuid not null,
  received_on       date not null,
  amount_cents      bigint not null check (amount_cents > 0),
  allocated_cents   bigint not null default 0 check (allocated_cents >= 0),
  refunded_cents    bigint not null default 0 check (refunded_cents >= 0),
  unallocated_cents bigint not null generated always as
    (case when reversed_at is null then amount_cents - allocated_cents - refunded_cents else 0 end) stored,
  reference         text,
  bank_reference    text,
  reversed_at       timestamptz(3),
  reversed_because  text,
  unique (tenant_id, id),
  unique (tenant_id, bank_reference),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id),
  check (allocated_cents + refunded_cents <= amount_cents),
  check ((reversed_at is null) = (reversed_because is null)),
  check (reversed_at is null or (allocated_cents = 0 and refunded_cents = 0))
);
create index payment_customer on payment (tenant_id, customer_id);

-- What of a payment settles which invoice. What is released again is a line with a negative amount.
create table payment_allocation (
  id           uuid primary key,
  tenant_id    uuid not null default kernel.tenant(),
  version      int not null default 1,
  payment_id   uuid not null,
  invoice_id   uuid not null,
  amount_cents bigint not null check (amount_cents <> 0),
  allocated_at timestamptz(3) not null,
  unique (tenant_id, id),
  foreign key (tenant_id, payment_id) references payment (tenant_id, id),
  foreign key (tenant_id, invoice_id) references open_item (tenant_id, id)
);
create index payment_allocation_payment on payment_allocation (tenant_id, payment_id);
create index payment_allocation_invoice on payment_allocation (tenant_id, invoice_id);

create table refund (
  id           uuid primary key,
  tenant_id    uuid not null default kernel.tenant(),
  version      int not null default 1,
  payment_id   uuid not null,
  amount_cents bigint not null check (amount_cents > 0),
  refunded_on  date not null,
  unique (tenant_id, id),
  foreign key (tenant_id, payment_id) references payment (tenant_id, id)
);
create index refund_payment on refund (tenant_id, payment_id);

create trigger append_only before update or delete or truncate on payment_allocation
  for each statement execute function kernel.refuse_change();
create trigger append_only before update or delete or truncate on refund
  for each statement execute function kernel.refuse_change();
--rollback drop table refund; drop table payment_allocation; drop table payment; drop table open_item;

--changeset steinmetz:0001-billing-lists splitStatements:false
-- What lists are sorted and searched by, and nothing that commands load: what they load, the audit trail keeps.
alter table customer
  add column sort_name text collate "de-x-icu" not null generated always as (name) stored,
  add column search_text text not null generated always as (kernel.searchable(customer_number || ' ' || name || ' ' ||
    coalesce(contact_name, '') || ' ' || coalesce(email, ''))) stored;
create index customer_by_name on customer (tenant_id, sort_name, id);

-- The day an invoice stands for: when it was issued, and until then when it was drafted.
alter table invoice add column day date not null generated always as
  (coalesce(issued_on, (drafted_at at time zone 'Europe/Berlin')::date)) stored;
create index invoice_by_day on invoice (tenant_id, day, id);
create index payment_by_day on payment (tenant_id, received_on, id);

-- Whoever reads them sees what the policies of the tables let them see.
create view customer_listed with (security_invoker) as
  select id, tenant_id, kind, customer_number, sort_name, search_text from customer;
create view invoice_listed with (security_invoker) as
  select i.id, i.tenant_id, i.kind, i.status, i.customer_id, i.number, i.day, i.issued_on, kernel.searchable(concat_ws(' ',
    i.number, i.buyer_reference, c.customer_number, c.name)) as search_text
  from invoice i join customer c on c.id = i.customer_id;
grant select on customer_listed, invoice_listed to ${service};
--rollback drop view invoice_listed; drop view customer_listed; drop index payment_by_day; alter table invoice drop column day; alter table customer drop column sort_name, drop column search_text;

--changeset steinmetz:0001-billing-policies splitStatements:false
do $$
declare t text;
begin
  foreach t in array array['customer', 'seller', 'invoice', 'invoice_line', 'delivery', 'number_range', 'open_item',
      'payment', 'payment_allocation', 'refund'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I to ${service} using (tenant_id = (select kernel.tenant()))
      with check (tenant_id = (select kernel.tenant()))', t);
  end loop;
end $$;
grant select, insert, update on customer, seller, invoice, invoice_line, number_range, open_item, payment to ${service};
-- Lines of a draft may go; those of an issued document are held by their trigger.
grant delete on invoice_line to ${service};
grant select, insert on delivery, payment_allocation, refund to ${service};
--rollback do $$ declare t text; begin foreach t in array array['customer', 'seller', 'invoice', 'invoice_line', 'delivery', 'number_range', 'open_item', 'payment', 'payment_allocation', 'refund'] loop execute format('drop policy tenant on %I', t); end loop; end $$; revoke all on customer, seller, invoice, invoice_line, delivery, number_range, open_item, payment, payment_allocation, refund from ${service};
