/**
 * A transaction of any of ours ends within 10 s, or the server ends it: what was about to begin on a version when that
 * stopped being active has begun by then, and is counted.
 */
const settled = "interval '15 seconds'"

/** How long a worker that knows a version is waited for. */
const patience = "interval '1 minute'"

/** The SQL by which what two people have decided of a definition is carried out. */
export const release = {
  /**
   * Carries out releases that were confirmed: $1 definitions this worker knows. All of one is done at once, the former
   * version draining and the new one active. A worker leaves a version that it does not know to one that does, until
   * nobody took it up. A release that another worker has in hand is passed by.
   */
  carryOut: `
    with confirmed as (
      select r.id, r.kind, r.definition, r.definition_version, d.status, d.content_hash = r.content_hash as same,
        r.from_version is not distinct from
          (select a.version from saga.definition a where a.name = r.definition and a.status = 'ACTIVE') as current,
        r.definition || '@' || r.definition_version = any($1) as known
      from saga.release r join saga.definition d on d.name = r.definition and d.version = r.definition_version
      where r.status = 'CONFIRMED' and case r.kind
        when 'ACTIVATE' then r.definition || '@' || r.definition_version = any($1) or r.confirmed_at < now() - ${patience}
        else coalesce(d.draining_since < now() - ${settled}, true) end
      order by r.id limit 20 for update of r skip locked),
    judged as (
      select c.*, case
        when c.status = 'RETIRED' then 'ALREADY_RETIRED'
        when c.status = 'ACTIVE' and c.kind = 'ACTIVATE' then 'ALREADY_ACTIVE'
        when c.status = 'ACTIVE' then 'STILL_ACTIVE'
        when c.kind = 'RETIRE' and exists (
          select from saga.instance i where i.definition = c.definition and i.definition_version = c.definition_version
            and i.finished_at is null) then 'STILL_RUNNING'
        when c.kind = 'RETIRE' then 'RETIRED'
        when not c.same then 'CHANGED'
        when not c.current then 'OVERTAKEN'
        when not c.known then 'NOT_DEPLOYED'
        else 'ACTIVATED' end as outcome
      from confirmed c),
    former as (
      update saga.definition d set status = 'DRAINING', draining_since = now() from judged j
      where j.outcome = 'ACTIVATED' and d.name = j.definition and d.status = 'ACTIVE' returning d.name),
    turned as (
      -- The former version goes first, by the count below: of a name only one may be active at any moment.
      update saga.definition d
      set status = case j.outcome when 'RETIRED' then 'RETIRED' else 'ACTIVE' end,
        activated_at = case j.outcome when 'RETIRED' then d.activated_at else now() end,
        draining_since = case j.outcome when 'RETIRED' then d.draining_since end
      from judged j
      where j.outcome in ('ACTIVATED', 'RETIRED') and d.name = j.definition and d.version = j.definition_version
        and (select count(*) from former) >= 0
      returning d.name)
    update saga.release r
    set outcome = j.outcome, settled_at = now(), version = r.version + 1,
      status = case when j.outcome in ('ACTIVATED', 'RETIRED') then 'DONE' else 'REFUSED' end
    from judged j where r.id = j.id
    returning r.definition, r.definition_version as version, r.kind, r.outcome`,
} as const
