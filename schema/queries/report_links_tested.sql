-- How many pairs were tested, and how many of them are established, each member of a group counted.
-- $1 bigint  run id
-- $2 text[]  components, or null for all
select count(*) as tested, count(*) filter (where verdict = 'established') as established
from toilmeter.run_link
where run_id = $1::bigint
    and ($2::text[] is null or component = any ($2::text[]));
