-- Raw component names of the events that an analysis would count, the most frequent first: how many events have each,
-- from when to when, and how many of each kind in the order of events.def. Current rows of tickets and work logs, the
-- deleted ones and those without a time left out. Name null: events that carry no name. Reads every event of the time
-- asked for; each table, and each month of it, is summed by itself.
-- $1 timestamptz: from; null: all that is before
-- $2 timestamptz: to, exclusive; null: all that is behind
-- $3 bigint: how many names at most; null: all
select n.name, sum(n.events)::bigint as events, min(n.first_at) as first_at, max(n.last_at) as last_at,
    coalesce(sum(n.events) filter (where n.kind = 'service_restart'), 0)::bigint as service_restart,
    coalesce(sum(n.events) filter (where n.kind = 'queue_rebalance'), 0)::bigint as queue_rebalance,
    coalesce(sum(n.events) filter (where n.kind = 'support_ticket'), 0)::bigint as support_ticket,
    coalesce(sum(n.events) filter (where n.kind = 'work_log'), 0)::bigint as work_log,
    coalesce(sum(n.events) filter (where n.kind = 'measurement'), 0)::bigint as measurement,
    coalesce(sum(n.events) filter (where n.kind = 'deployment'), 0)::bigint as deployment
from (
    select 'service_restart' as kind, f.component as name, count(*) as events, min(f.at) as first_at, max(f.at) as last_at
    from toilmeter.service_restart f
    where f.at >= coalesce($1::timestamptz, '-infinity') and f.at < coalesce($2::timestamptz, 'infinity')
    group by f.component
    union all
    select 'queue_rebalance', f.component, count(*), min(f.at), max(f.at)
    from toilmeter.queue_rebalance f
    where f.at >= coalesce($1::timestamptz, '-infinity') and f.at < coalesce($2::timestamptz, 'infinity')
    group by f.component
    union all
    select 'support_ticket', t.component, count(*), min(t.at), max(t.at)
    from toilmeter.support_ticket t
    where t.at >= coalesce($1::timestamptz, '-infinity') and t.at < coalesce($2::timestamptz, 'infinity')
        and t.status is distinct from 'deleted'
    group by t.component
    union all
    select 'work_log', w.component, count(*), min(w.at), max(w.at)
    from toilmeter.work_log w
    where w.at >= coalesce($1::timestamptz, '-infinity') and w.at < coalesce($2::timestamptz, 'infinity')
        and w.status is distinct from 'deleted'
    group by w.component
    union all
    select 'measurement', f.component, count(*), min(f.at), max(f.at)
    from toilmeter.measurement f
    where f.at >= coalesce($1::timestamptz, '-infinity') and f.at < coalesce($2::timestamptz, 'infinity')
    group by f.component
    union all
    select 'deployment', f.component, count(*), min(f.at), max(f.at)
    from toilmeter.deployment f
    where f.at >= coalesce($1::timestamptz, '-infinity') and f.at < coalesce($2::timestamptz, 'infinity')
    group by f.component
) n
group by n.name
order by events desc, n.name collate "C"
limit $3::bigint
