-- Lag bands of tested pairs; the lead band, before the event, last.
-- $1 bigint  run id
-- $2 text[]  components, or null for all
select component, kind, topic, from_minutes, to_minutes, lead, observed, expected, excess, excess_low, excess_high,
    q, clusters, clusters_paired, clusters_carrying, attributed
from toilmeter.run_link_band
where run_id = $1::bigint
    and ($2::text[] is null or component = any ($2::text[]))
order by component, kind, topic, lead, from_minutes;
