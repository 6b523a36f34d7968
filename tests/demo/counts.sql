-- What the database holds, in the shape of truth.json: one JSON object.
select json_build_object(
    'duplicates', (select coalesce(sum(i.duplicates), 0) from toilmeter.intake i),
    'received', (select coalesce(sum(i.received), 0) from toilmeter.intake i),
    'offsets', (select coalesce(sum(o.next_offset), 0) from toilmeter.kafka_offset o),
    'gaps', (select count(*) from toilmeter.kafka_gap),
    'quarantined', (
        select coalesce(json_object_agg(q.reason, q.messages), '{}')
        from (select reason, count(*) as messages from toilmeter.quarantine group by reason) q
    ),
    'kinds', json_build_object(
        'service_restart', (select count(*) from toilmeter.service_restart),
        'queue_rebalance', (select count(*) from toilmeter.queue_rebalance),
        'support_ticket', (select count(*) from toilmeter.support_ticket_version),
        'work_log', (select count(*) from toilmeter.work_log_version),
        'measurement', (select count(*) from toilmeter.measurement),
        'deployment', (select count(*) from toilmeter.deployment)
    ),
    'endings', (select count(*) from toilmeter.event_ending)
);
