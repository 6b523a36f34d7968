-- Ids that a source sent with more than one time, so that they are stored more than once: by kind, with one of them.
-- No parameters.
select 'service_restart' as kind, count(*) as ids, sum(d.times - 1)::bigint as surplus, min(d.id) as example
from (select t.id, count(*) as times from toilmeter.service_restart t group by t.id having count(*) > 1) d
union all
select 'queue_rebalance' as kind, count(*) as ids, sum(d.times - 1)::bigint as surplus, min(d.id) as example
from (select t.id, count(*) as times from toilmeter.queue_rebalance t group by t.id having count(*) > 1) d
union all
select 'measurement' as kind, count(*) as ids, sum(d.times - 1)::bigint as surplus, min(d.id) as example
from (select t.id, count(*) as times from toilmeter.measurement t group by t.id having count(*) > 1) d
union all
select 'deployment' as kind, count(*) as ids, sum(d.times - 1)::bigint as surplus, min(d.id) as example
from (select t.id, count(*) as times from toilmeter.deployment t group by t.id having count(*) > 1) d
