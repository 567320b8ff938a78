/** The SQL by which what ended sagas have left is released and forgotten. */
export const retention = {
  /**
   * Tells the domains of sagas that have ended for long enough: $1 days, $2 at most, $3 the time (null: it is now). It
   * is told and noted in one transaction, once; a saga that has not ended is never among them, however old it is.
   */
  release: `
    with ended as (
      select id, tenant_id from saga.instance
      where finished_at <= coalesce($3::timestamptz, clock_timestamp()) - $1::int * interval '1 day'
        and keys_released_at is null
      order by finished_at limit $2 for no key update skip locked),
    noted as (
      update saga.instance i set keys_released_at = clock_timestamp() from ended where i.id = ended.id returning i.id),
    told as (
      insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context)
      select tenant_id, 'kernel.KeysReleased', tenant_id,
        jsonb_build_object('tenantId', tenant_id, 'sagaIds', jsonb_agg(id)),
        '{"person": "", "account": "", "session": "", "address": "", "requestId": ""}'
      from ended group by tenant_id)
    select id from noted`,

  /** Forgets events that were digested long ago: $1 days, $2 at most, $3 the time (null: it is now). */
  forget: `
    delete from saga.inbox where ctid = any(array(
      select ctid from saga.inbox
      where received_at < coalesce($3::timestamptz, clock_timestamp()) - $1::int * interval '1 day' limit $2))`,
} as const
