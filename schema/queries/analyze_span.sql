-- From when to when each table reaches, and about how many rows it has: counting them all would take longer than
-- reading what is needed of them. Of work_log_version, which is not read, the exact number. No parameters.
with size as materialized (
    select r.relname::text as source,
        sum(case when c.reltuples > 0 then c.reltuples else pg_relation_size(c.oid) / 128 end)::bigint as rows
    from pg_class r
    join pg_namespace n on n.oid = r.relnamespace and n.nspname = 'toilmeter'
    left join pg_inherits i on i.inhparent = r.oid
    join pg_class c on c.oid = coalesce(i.inhrelid, r.oid) and c.relkind = 'r'
    where r.relname in ('service_restart', 'queue_rebalance', 'measurement', 'deployment', 'support_ticket',
        'support_ticket_version', 'work_log')
    group by r.relname
), span as materialized (
    select 'service_restart' as source, null::bigint as rows, min(f.at) as first_at, max(f.at) as last_at
    from toilmeter.service_restart f
    union all
    select 'queue_rebalance', null, min(f.at), max(f.at) from toilmeter.queue_rebalance f
    union all
    select 'measurement', null, min(f.at), max(f.at) from toilmeter.measurement f
    union all
    select 'deployment', null, min(f.at), max(f.at) from toilmeter.deployment f
    union all
    select 'support_ticket', null, min(t.at), max(t.at) from toilmeter.support_ticket t
    union all
    select 'support_ticket_version', null, min(v.updated_at), max(v.updated_at)
    from toilmeter.support_ticket_version v
    union all
    select 'work_log', null, min(w.at), max(w.at) from toilmeter.work_log w
    union all
    select 'work_log_version', count(*), min(w.at), max(w.at) from toilmeter.work_log_version w
)
select span.source, coalesce(span.rows, size.rows, 0) as rows, span.first_at, span.last_at
from span
left join size on size.source = span.source
order by span.source;
