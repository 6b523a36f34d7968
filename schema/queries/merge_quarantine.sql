-- Keeps the staged messages that are not in quarantine yet. No parameters.
insert into toilmeter.quarantine (
    cluster, topic, partition, kafka_offset, message, key, headers, reason, detail, message_at
)
select
    s.cluster, s.topic, s.partition, s.kafka_offset, s.message, s.key, s.headers, s.reason, s.detail, s.message_at
from pg_temp.stage_quarantine s
order by s.cluster, s.topic, s.partition, s.kafka_offset
on conflict (cluster, topic, partition, kafka_offset) do nothing
