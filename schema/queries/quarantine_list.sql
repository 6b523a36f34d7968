-- Unusable messages by cluster, topic and reason: how many, since when, until when, and the last of them as an example.
-- $1 text, $2 text, $3 text: cluster, topic, reason, or null for all. $4, $5 timestamptz: quarantined from, to (exclusive),
-- or null. $6 text[], $7 integer[], $8 bigint[]: topic, partition and offset of single messages, or null for all.
-- Times in microseconds since 1970.
with chosen as (
    select q.cluster, q.topic, q.partition, q.kafka_offset, q.reason, q.detail, q.quarantined_at
    from toilmeter.quarantine q
    where ($1::text is null or q.cluster = $1::text)
        and ($2::text is null or q.topic = $2::text)
        and ($3::text is null or q.reason = $3::text)
        and ($4::text is null or q.quarantined_at >= $4::text::timestamptz)
        and ($5::text is null or q.quarantined_at < $5::text::timestamptz)
        and ($6::text[] is null or (q.topic, q.partition, q.kafka_offset) in (
            select u.topic collate "C", u.partition, u.kafka_offset
            from unnest($6::text[], $7::integer[], $8::bigint[]) as u (topic, partition, kafka_offset)))
), last as (
    select distinct on (c.cluster, c.topic, c.reason)
        c.cluster, c.topic, c.reason, c.topic || '/' || c.partition || '/' || c.kafka_offset as place, c.detail
    from chosen c
    order by c.cluster, c.topic, c.reason, c.quarantined_at desc, c.partition, c.kafka_offset desc
), counted as (
    select c.cluster, c.topic, c.reason, count(*) as messages, min(c.quarantined_at) as first_at,
        max(c.quarantined_at) as last_at
    from chosen c
    group by c.cluster, c.topic, c.reason
)
select n.topic, n.reason, n.messages, (extract(epoch from date_trunc('second', n.first_at)) * 1000000)::bigint as first_us,
    (extract(epoch from date_trunc('second', n.last_at)) * 1000000)::bigint as last_us, l.place, l.detail, n.cluster
from counted n
join last l on l.cluster = n.cluster and l.topic = n.topic and l.reason = n.reason
order by n.messages desc, n.cluster, n.topic, n.reason
