-- The key of every stored event, as the generator writes them to keys.tsv: kind, id, and at or ended_at in microseconds
-- since 1970, or the version.
copy (
    select 'service_restart', r.id, (extract(epoch from r.at) * 1000000)::bigint from toilmeter.service_restart r
    union all
    select 'queue_rebalance', r.id, (extract(epoch from r.at) * 1000000)::bigint from toilmeter.queue_rebalance r
    union all
    select 'measurement', m.id, (extract(epoch from m.at) * 1000000)::bigint from toilmeter.measurement m
    union all
    select 'deployment', d.id, (extract(epoch from d.at) * 1000000)::bigint from toilmeter.deployment d
    union all
    select 'ending:' || e.kind, e.id, (extract(epoch from e.ended_at) * 1000000)::bigint from toilmeter.event_ending e
    union all
    select 'support_ticket', t.id, t.version from toilmeter.support_ticket_version t
    union all
    select 'work_log', w.id, w.version from toilmeter.work_log_version w
) to stdout;
