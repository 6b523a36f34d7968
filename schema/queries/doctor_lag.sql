-- Every partition that was read: how far behind the log's end, and seconds since it was written and since its last message.
-- end_offset is the end when the collector last saw it. No parameters.
select
    o.cluster,
    o.topic,
    o.partition,
    greatest(o.end_offset - o.next_offset, 0) as lag,
    extract(epoch from clock_timestamp() - o.updated_at)::bigint as written_seconds,
    extract(epoch from clock_timestamp() - o.read_to)::bigint as message_seconds
from toilmeter.kafka_offset o
order by lag desc nulls last, o.cluster, o.topic, o.partition
