-- Takes messages out of quarantine, in the transaction that stores their events: whoever finds fewer taken than given
-- came too late for some of them and must roll back.
-- $1 text: cluster. One item each: $2 text[] topics, $3 integer[] partitions, $4 bigint[] offsets.
-- Returns how many were taken.
with given as (
    select u.topic collate "C" as topic, u.partition, u.kafka_offset
    from unnest($2::text[], $3::integer[], $4::bigint[]) as u (topic, partition, kafka_offset)
), held as (
    select q.cluster, q.topic, q.partition, q.kafka_offset
    from toilmeter.quarantine q
    join given g on g.topic = q.topic and g.partition = q.partition and g.kafka_offset = q.kafka_offset
    where q.cluster = $1::text
    order by q.cluster, q.topic, q.partition, q.kafka_offset
    for update of q
), taken as (
    delete from toilmeter.quarantine q
    using held h
    where q.cluster = h.cluster and q.topic = h.topic and q.partition = h.partition and q.kafka_offset = h.kafka_offset
    returning q.topic
)
select count(*) as taken from taken
