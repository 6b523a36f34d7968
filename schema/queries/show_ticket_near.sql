-- Ids of tickets that stand beside one that the run does not have, in order, for the message.
-- $1 bigint  run id
-- $2 text    ticket asked for
select id
from (
    (select id from toilmeter.run_ticket where run_id = $1::bigint and id < $2::text collate "C" order by id desc limit 2)
    union all
    (select id from toilmeter.run_ticket where run_id = $1::bigint and id > $2::text collate "C" order by id limit 2)
) near
order by id;
