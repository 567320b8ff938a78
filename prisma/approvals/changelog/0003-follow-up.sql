--liquibase formatted sql

--changeset steinmetz:0003-approvals-follow-up
-- When a request is to be followed up as long as nobody decides, and when it was. The times are those of the policy
-- as it was when the request was made; requests from before this change only expire.
alter table approval_request
  add column remind_at timestamptz(3),
  add column reminded_at timestamptz(3),
  add column escalate_at timestamptz(3),
  add column escalated_at timestamptz(3);
--rollback alter table approval_request drop column remind_at, drop column reminded_at, drop column escalate_at, drop column escalated_at;
