-- Makes the rows of partitions that were never claimed before.
-- $1 text: cluster. $2 text[]: topics. $3 integer[]: partitions, one for each topic.
insert into toilmeter.kafka_offset (cluster, topic, partition, next_offset, epoch, skipped, updated_at)
select $1, t.topic, t.partition, null, 0, 0, clock_timestamp()
from unnest($2::text[], $3::integer[]) as t(topic, partition)
order by t.topic, t.partition
on conflict (cluster, topic, partition) do nothing
