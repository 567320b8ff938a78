--liquibase formatted sql

--changeset steinmetz:0003-bus-dead-letter splitStatements:false
-- Events that a consumer could not digest and put aside, so that those behind them go on. The event itself stays in the
-- log; it is handled again when the consumer's process starts anew, and now and then.
create table bus.dead_letter (
  consumer   text not null references bus.consumer (name),
  position   bigint not null references bus.event (position),
  code       text not null,                       -- why it could not be digested
  attempts   int not null default 1,
  created_at timestamptz not null default now(),
  settled_at timestamptz,                         -- when it was digested after all
  primary key (consumer, position)
);
create index dead_letter_open on bus.dead_letter (consumer, position) where settled_at is null;
grant select, insert, update on bus.dead_letter to ${service};
--rollback drop table bus.dead_letter;
