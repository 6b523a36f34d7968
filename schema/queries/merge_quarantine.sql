-- Keeps the staged messages that are not in quarantine yet (an import can be repeated). No parameters.
-- Returns topic, partition, kept.
with inserted as (
    insert into toilmeter.quarantine (
        cluster, topic, partition, kafka_offset, message, key, headers, reason, detail, message_at
    )
    select
        s.cluster, s.topic, s.partition, s.kafka_offset, s.message, s.key, s.headers, s.reason, s.detail, s.message_at
    from pg_temp.stage_quarantine s
    order by s.cluster, s.topic, s.partition, s.kafka_offset
    on conflict (cluster, topic, partition, kafka_offset) do nothing
    returning topic, partition
)
select i.topic, i.partition, count(*) as kept
from inserted i
group by i.topic, i.partition
order by i.topic, i.partition
