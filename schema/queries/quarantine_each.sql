-- Unusable messages one by one, without their bytes, the last first. Times in microseconds since 1970.
-- $1 text, $2 text, $3 text: cluster, topic, reason, or null for all. $4, $5 timestamptz: quarantined from, to (exclusive),
-- or null. $6 text[], $7 integer[], $8 bigint[]: topic, partition and offset of single messages, or null for all.
-- $9 bigint: most rows.
select q.topic || '/' || q.partition || '/' || q.kafka_offset as place, q.reason,
    (extract(epoch from date_trunc('second', q.quarantined_at)) * 1000000)::bigint as quarantined_us,
    (extract(epoch from q.message_at) * 1000000)::bigint as message_us, q.detail, q.topic, q.cluster
from toilmeter.quarantine q
where ($1::text is null or q.cluster = $1::text)
    and ($2::text is null or q.topic = $2::text)
    and ($3::text is null or q.reason = $3::text)
    and ($4::text is null or q.quarantined_at >= $4::text::timestamptz)
    and ($5::text is null or q.quarantined_at < $5::text::timestamptz)
    and ($6::text[] is null or (q.topic, q.partition, q.kafka_offset) in (
        select u.topic collate "C", u.partition, u.kafka_offset
        from unnest($6::text[], $7::integer[], $8::bigint[]) as u (topic, partition, kafka_offset)))
order by q.quarantined_at desc, q.cluster, q.topic, q.partition, q.kafka_offset desc
limit $9::bigint
