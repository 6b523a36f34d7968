-- How many rows each table has, and from when to when. No parameters.
select 'service_restart' as source, count(*) as rows, min(f.at) as first_at, max(f.at) as last_at
from toilmeter.service_restart f
union all
select 'queue_rebalance', count(*), min(f.at), max(f.at) from toilmeter.queue_rebalance f
union all
select 'measurement', count(*), min(f.at), max(f.at) from toilmeter.measurement f
union all
select 'deployment', count(*), min(f.at), max(f.at) from toilmeter.deployment f
union all
select 'support_ticket', count(*), min(t.at), max(t.at) from toilmeter.support_ticket t
union all
select 'support_ticket_version', count(*), min(v.updated_at), max(v.updated_at)
from toilmeter.support_ticket_version v
union all
select 'work_log', count(*), min(w.at), max(w.at) from toilmeter.work_log w
union all
select 'work_log_version', count(*), min(w.at), max(w.at) from toilmeter.work_log_version w
order by 1;
