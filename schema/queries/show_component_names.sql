-- Raw names that the run mapped to a component, the most frequent first.
-- $1 bigint  run id
-- $2 text    component
select raw, events
from toilmeter.run_name
where run_id = $1::bigint and component = $2::text
order by events desc, raw;
