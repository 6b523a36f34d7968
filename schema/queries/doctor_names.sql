-- Raw component names of the events that an analysis would count (no deleted tickets and work logs, none without a time)
-- with how many events have them, the most frequent first.
-- $1 integer: how many names at most
select n.name, sum(n.events)::bigint as events
from (
    select t.component as name, count(*) as events from toilmeter.service_restart t where t.component is not null group by t.component
    union all
    select t.component as name, count(*) as events from toilmeter.queue_rebalance t where t.component is not null group by t.component
    union all
    select t.component as name, count(*) as events from toilmeter.support_ticket t where t.component is not null and t.at is not null
        and t.status is distinct from 'deleted' group by t.component
    union all
    select t.component as name, count(*) as events from toilmeter.work_log t where t.component is not null and t.at is not null
        and t.status is distinct from 'deleted' group by t.component
    union all
    select t.component as name, count(*) as events from toilmeter.measurement t where t.component is not null group by t.component
    union all
    select t.component as name, count(*) as events from toilmeter.deployment t where t.component is not null group by t.component
) n
group by n.name
order by events desc, n.name
limit $1::integer
