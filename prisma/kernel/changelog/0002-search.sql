--liquibase formatted sql

-- How names are found by what people type. A German name is written in several ways: Müller, Mueller, and
-- Muller where a keyboard has no ü. So a text is kept in two spellings, and so is what is looked for:
--   plain    small letters without accents: müller -> muller, weiß -> weiss, łukasz -> lukasz
--   spelt    the same, but ä ö ü ø as ae oe ue oe: müller -> mueller
-- Müller is found by müller, MUELLER and muller, and Mueller by müller.
--
-- There is no trigram index: LIKE is not leakproof, so under row-level security PostgreSQL looks at the
-- tenant's rows first and never takes such an index for the service role. What it saves is reading a firm's
-- own rows, which the index on the tenant gives.

--changeset steinmetz:0002-kernel-search splitStatements:false
-- Built-in case folding (PG_UNICODE_FAST) does not depend on the server's libraries, so that what is stored stays right.
create function kernel.plain(p_text text) returns text language sql immutable strict parallel safe
  return translate(replace(replace(replace(
    regexp_replace(normalize(casefold(p_text collate pg_unicode_fast), NFKD), '[\u0300-\u036f]', '', 'g'),
    'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øđðłıħŧ', 'oddliht');

create function kernel.spelt(p_text text) returns text language sql immutable strict parallel safe
  return kernel.plain(replace(replace(replace(replace(
    casefold(normalize(p_text, NFC) collate pg_unicode_fast), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'));

-- What is stored beside a text to find it by: both spellings, or the one where they are alike.
create function kernel.searchable(p_text text) returns text language sql immutable strict parallel safe
  return case when kernel.plain(p_text) = kernel.spelt(p_text) then kernel.plain(p_text)
    else kernel.plain(p_text) || E'\n' || kernel.spelt(p_text) end;
grant execute on function kernel.plain, kernel.spelt, kernel.searchable to ${service};
--rollback drop function kernel.searchable; drop function kernel.spelt; drop function kernel.plain;
