-- Placebos of tested pairs: of a true link their excess is about nought.
-- $1 bigint  run id
-- $2 text[]  components, or null for all
select component, kind, topic, name, excess, excess_low, excess_high, p, passed
from toilmeter.run_link_placebo
where run_id = $1::bigint
    and ($2::text[] is null or component = any ($2::text[]))
order by component, kind, topic, name;
