-- A run's settings, one a row, as text.
-- $1 bigint  run id
select p.key, p.value #>> '{}' as value
from toilmeter.run r, jsonb_each(r.parameters) p
where r.run_id = $1::bigint and p.value <> 'null'::jsonb
order by p.key;
