-- Notes why messages are unusable now.
-- $1 text: cluster. One item each: $2 text[] topics, $3 integer[] partitions, $4 bigint[] offsets, $5 text[] reasons,
-- $6 text[] details.
update toilmeter.quarantine q
set reason = u.reason, detail = u.detail
from unnest($2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[])
    as u (topic, partition, kafka_offset, reason, detail)
where q.cluster = $1::text and q.topic = u.topic collate "C" and q.partition = u.partition
    and q.kafka_offset = u.kafka_offset
    and (q.reason is distinct from u.reason or q.detail is distinct from u.detail)
