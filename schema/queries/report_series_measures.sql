-- The measures that a run has rows of, as reports name them.
-- $1 bigint  run id
select measure
from (
    select distinct measure from toilmeter.run_week
    where run_id = $1::bigint and part = '' and measure <> 'manual_cost'
    union
    select 'development_hours' where exists (select from toilmeter.run_feature where run_id = $1::bigint)
) known
order by measure collate "C";
