-- Names of unknown fields, kept in extra, by kind with how many events have them, the most frequent first.
-- $1 integer: how many at most
select e.kind, e.name, e.events
from (
    select 'service_restart' as kind, k.name, count(*) as events
    from toilmeter.service_restart t, jsonb_object_keys(t.extra) as k (name)
    where t.extra is not null
    group by k.name
    union all
    select 'queue_rebalance' as kind, k.name, count(*) as events
    from toilmeter.queue_rebalance t, jsonb_object_keys(t.extra) as k (name)
    where t.extra is not null
    group by k.name
    union all
    select 'support_ticket' as kind, k.name, count(*) as events
    from toilmeter.support_ticket_version t, jsonb_object_keys(t.extra) as k (name)
    where t.extra is not null
    group by k.name
    union all
    select 'work_log' as kind, k.name, count(*) as events
    from toilmeter.work_log_version t, jsonb_object_keys(t.extra) as k (name)
    where t.extra is not null
    group by k.name
    union all
    select 'measurement' as kind, k.name, count(*) as events
    from toilmeter.measurement t, jsonb_object_keys(t.extra) as k (name)
    where t.extra is not null
    group by k.name
    union all
    select 'deployment' as kind, k.name, count(*) as events
    from toilmeter.deployment t, jsonb_object_keys(t.extra) as k (name)
    where t.extra is not null
    group by k.name
) e
order by e.events desc, e.kind, e.name
limit $1::integer
