-- The next unusable messages, whole, in the order of their places: as many as fit into the bytes given, one at least.
-- Times in microseconds since 1970.
-- $1 text, $2 text, $3 text: cluster, topic, reason, or null for all. $4, $5 timestamptz: quarantined from, to (exclusive),
-- or null. $6 text[], $7 integer[], $8 bigint[]: topic, partition and offset of single messages, or null for all.
-- $9 text, $10 text, $11 integer, $12 bigint: the place behind which to begin, or null. $13 bigint: most rows.
-- $14 bigint: most bytes.
with next as (
    select q.*, sum(coalesce(octet_length(q.message), 0) + coalesce(octet_length(q.key), 0))
        over (order by q.cluster, q.topic, q.partition, q.kafka_offset) as bytes_to_here,
        row_number() over (order by q.cluster, q.topic, q.partition, q.kafka_offset) as number
    from (
        select q.*
        from toilmeter.quarantine q
        where ($1::text is null or q.cluster = $1::text)
            and ($2::text is null or q.topic = $2::text)
            and ($3::text is null or q.reason = $3::text)
            and ($4::text is null or q.quarantined_at >= $4::text::timestamptz)
            and ($5::text is null or q.quarantined_at < $5::text::timestamptz)
            and ($6::text[] is null or (q.topic, q.partition, q.kafka_offset) in (
                select u.topic collate "C", u.partition, u.kafka_offset
                from unnest($6::text[], $7::integer[], $8::bigint[]) as u (topic, partition, kafka_offset)))
            and ($9::text is null or (q.cluster, q.topic, q.partition, q.kafka_offset)
                > ($9::text, $10::text, $11::integer, $12::bigint))
        order by q.cluster, q.topic, q.partition, q.kafka_offset
        limit $13::bigint
    ) q
)
select n.cluster, n.topic, n.partition, n.kafka_offset, n.message, n.key, n.headers::text as headers, n.reason, n.detail,
    (extract(epoch from n.message_at) * 1000000)::bigint as message_us,
    (extract(epoch from n.quarantined_at) * 1000000)::bigint as quarantined_us
from next n
where n.number = 1 or n.bytes_to_here <= $14::bigint
order by n.cluster, n.topic, n.partition, n.kafka_offset
