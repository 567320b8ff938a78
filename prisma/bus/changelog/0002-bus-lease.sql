--liquibase formatted sql

--changeset steinmetz:0002-bus-lease splitStatements:false
-- One process reads for a consumer at a time. It holds the row for as long as its connection lives and it says so in
-- time: a process that is stopped, and keeps its connection, loses it all the same.
alter table bus.consumer
  add column holder_pid   int,          -- the reader's connection, as the server numbers it
  add column holder_since timestamptz,  -- when that connection began: numbers are used again
  add column held_until   timestamptz;  -- by the database's clock
--rollback alter table bus.consumer drop column holder_pid, drop column holder_since, drop column held_until;
