-- Ids of runs near one that does not exist, and the latest, for the message.
-- $1 bigint  run id asked for
select run_id
from (
    (select run_id from toilmeter.run order by abs(run_id - $1::bigint), run_id limit 3)
    union
    (select run_id from toilmeter.run order by run_id desc limit 1)
) near
order by run_id;
