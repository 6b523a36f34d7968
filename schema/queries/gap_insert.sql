-- Records offsets that could not be read, in the transaction that moves past them. A gap that begins where one was recorded
-- before (a topic that was made anew twice) is recorded once.
-- $1 text: cluster. Arrays, one item for each gap: $2 text[]: topics. $3 integer[]: partitions. $4 bigint[]: first offset
-- missed. $5 bigint[]: first offset behind the gap (below $4 when the log was made anew). $6 text[]: reasons.
insert into toilmeter.kafka_gap (cluster, topic, partition, from_offset, to_offset, reason, found_at)
select $1, t.topic, t.partition, t.from_offset, t.to_offset, t.reason, clock_timestamp()
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[])
         as t(topic, partition, from_offset, to_offset, reason)
on conflict (cluster, topic, partition, from_offset) do nothing
