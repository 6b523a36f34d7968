-- Moves offsets by compare-and-set: the last statement of the transaction that wrote the rows. Whoever finds fewer rows
-- moved than given has lost a partition and must roll back. Rows are locked in sorted order.
-- $1 text: cluster. Arrays, one item for each partition:
-- $2 text[]: topics. $3 integer[]: partitions. $4 bigint[]: the epochs held. $5 bigint[]: next offsets as they were (null:
-- never read). $6 bigint[]: next offsets from now on. $7 bigint[]: read up to, microseconds since 1970, or null.
-- $8 bigint[]: ends of the logs, or null. $9 bigint[]: offsets that held no message, since the last time.
-- Returns topic and partition of each row moved.
with given as (
    select *
    from unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                $9::bigint[]) as t(topic, partition, epoch, old_offset, new_offset, read_to_us, end_offset, skipped)
), held as (
    select k.cluster, k.topic, k.partition
    from toilmeter.kafka_offset k
    join given g on g.topic = k.topic and g.partition = k.partition
    where k.cluster = $1
    order by k.cluster, k.topic, k.partition
    for update of k
)
update toilmeter.kafka_offset k
set next_offset = g.new_offset,
    read_to = greatest(k.read_to, timestamptz '1970-01-01 00:00:00+00' + g.read_to_us * interval '1 microsecond'),
    end_offset = coalesce(g.end_offset, k.end_offset),
    skipped = k.skipped + g.skipped,
    updated_at = clock_timestamp()
from held h
join given g on g.topic = h.topic and g.partition = h.partition
where k.cluster = h.cluster and k.topic = h.topic and k.partition = h.partition
  and k.epoch = g.epoch and k.next_offset is not distinct from g.old_offset
returning k.topic, k.partition
