-- What came in, what was mapped, attributed, left out, and why.
-- $1 bigint  run id
select stage, kind, count, why
from toilmeter.run_funnel
where run_id = $1::bigint
order by position;
