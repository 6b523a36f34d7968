-- A run's settings, one a row, as text, and whether one is a plain value.
-- $1 bigint  run id
select p.key, p.value #>> '{}' as value, jsonb_typeof(p.value) in ('number', 'string', 'boolean') as plain
from toilmeter.run r, jsonb_each(r.parameters) p
where r.run_id = $1::bigint and p.value <> 'null'::jsonb
order by p.key;
