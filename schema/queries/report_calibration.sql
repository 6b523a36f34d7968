-- How logged time compares to inferred time: the whole window first (period ''), then its months.
-- $1 bigint  run id
select period, logged_hours, inferred_hours, people, items, ratio, low, high, used
from toilmeter.run_calibration
where run_id = $1::bigint
order by period;
