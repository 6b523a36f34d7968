-- Unusable messages by reason: how many, the topic with the most of them and its share, the last arrival.
-- No parameters.
with by_topic as (
    select q.reason, q.topic, count(*) as messages, max(q.quarantined_at) as last_at
    from toilmeter.quarantine q
    group by q.reason, q.topic
)
select
    b.reason,
    sum(b.messages)::bigint as messages,
    (array_agg(b.topic order by b.messages desc, b.topic))[1] as top_topic,
    max(b.messages) as top_messages,
    to_char(max(b.last_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_at
from by_topic b
group by b.reason
order by messages desc, b.reason
