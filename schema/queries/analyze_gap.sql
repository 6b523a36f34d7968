-- Offsets that were never read, by reason. No parameters.
select g.reason, sum(g.to_offset - g.from_offset)::bigint as offsets
from toilmeter.kafka_gap g
group by g.reason
order by g.reason;
