--liquibase formatted sql

--changeset steinmetz:0002-billing-booking-order splitStatements:false
-- What one payment settles at once is booked in one moment, and ids made in one millisecond have no order.
alter table payment_allocation add column booked bigint not null generated always as identity;
--rollback alter table payment_allocation drop column booked;
