-- Tickets of two runs within the window that both cover: where they differ, data came late. One row.
-- $1 bigint      run id, the earlier
-- $2 bigint      run id, the later
-- $3 timestamptz beginning of the common window
-- $4 timestamptz its end (exclusive)
select count(*) filter (where run_id = $1::bigint) as tickets_a, count(*) filter (where run_id = $2::bigint) as tickets_b
from toilmeter.run_ticket
where run_id in ($1::bigint, $2::bigint) and at >= $3::timestamptz and at < $4::timestamptz;
