-- Takes partitions over: raises their epochs, so that whoever held them can write no more, and tells where to go on. Waits
-- for an open transaction of the previous holder. Rows are locked in sorted order, so that two claims cannot deadlock.
-- $1 text: cluster. $2 text[]: topics. $3 integer[]: partitions, one for each topic.
-- Returns topic, partition, next_offset (null: never read), epoch.
with held as (
    select k.cluster, k.topic, k.partition
    from toilmeter.kafka_offset k
    join unnest($2::text[], $3::integer[]) as t(topic, partition)
        on t.topic = k.topic and t.partition = k.partition
    where k.cluster = $1
    order by k.cluster, k.topic, k.partition
    for update of k
)
update toilmeter.kafka_offset k
set epoch = k.epoch + 1, updated_at = clock_timestamp()
from held h
where k.cluster = h.cluster and k.topic = h.topic and k.partition = h.partition
returning k.topic, k.partition, k.next_offset, k.epoch
