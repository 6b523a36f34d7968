-- Failures and deployments around a ticket, in the event tables as they are now: those that its shares point at first, then
-- the latest. Raw names become components as the run mapped them. Times in microseconds since 1970.
-- $1 bigint         run id
-- $2 timestamptz    from
-- $3 timestamptz    to (exclusive)
-- $4 text[]         components, or null for all
-- $5 text           scope of the ticket, or null: then events of every scope count
-- $6 timestamptz[]  times of events that shares point at
select e.kind, e.id, (extract(epoch from e.at) * 1000000)::bigint as at_us, n.component, e.raw, e.automatic, e.scope,
    nullif(e.detail, '') as detail
from (
    select 'service_restart' as kind, id, at, component as raw, automatic, scope,
        concat_ws(', ', reason, case when count > 1 then count || ' times' end) as detail
    from toilmeter.service_restart
    where at >= $2::timestamptz and at < $3::timestamptz
    union all
    select 'queue_rebalance', id, at, component, automatic, scope,
        concat_ws(', ', 'queue ' || queue, moved || ' moved')
    from toilmeter.queue_rebalance
    where at >= $2::timestamptz and at < $3::timestamptz
    union all
    select 'deployment', id, at, component, automatic, scope, concat_ws(', ', version_label, ref)
    from toilmeter.deployment
    where at >= $2::timestamptz and at < $3::timestamptz
) e
join toilmeter.run_name n on n.run_id = $1::bigint and n.raw = e.raw
where ($4::text[] is null or n.component = any ($4::text[]))
    and ($5::text is null or e.scope is null or e.scope = $5::text)
order by e.at = any ($6::timestamptz[]) desc, e.at desc, e.kind, e.id
limit 12;
