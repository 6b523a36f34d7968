-- A run's events by kind.
-- $1 bigint  run id
select e.key as kind, e.value #>> '{}' as count
from toilmeter.run r, jsonb_each(r.events) e
where r.run_id = $1::bigint
order by e.key;
