-- The slow path of quarantine: rows of a batch, to be merged by merge_quarantine. No parameters.
copy pg_temp.stage_quarantine (
    cluster, topic, partition, kafka_offset, message, key, headers, reason, detail, message_at
) from stdin (format binary)
