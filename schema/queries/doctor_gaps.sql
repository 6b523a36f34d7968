-- Offsets that were never read, by topic and reason. No parameters.
select
    g.cluster,
    g.topic,
    g.reason,
    sum(g.to_offset - g.from_offset)::bigint as offsets,
    max(to_char(g.found_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as last_found
from toilmeter.kafka_gap g
group by g.cluster, g.topic, g.reason
order by g.cluster, g.topic, g.reason
