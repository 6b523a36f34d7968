-- One ticket of a run. Times in microseconds since 1970.
-- $1 bigint  run id
-- $2 text    ticket
select
    (extract(epoch from at) * 1000000)::bigint as at_us,
    (extract(epoch from closed_at) * 1000000)::bigint as closed_us,
    status, severity, topic, scope, array_to_string(tags, ', ') as tags, customer, csat, versions
from toilmeter.run_ticket
where run_id = $1::bigint and id = $2::text;
