-- The fast path of quarantine: rows of a batch, in the order of arrival. No parameters.
copy toilmeter.quarantine (
    cluster, topic, partition, kafka_offset, message, key, headers, reason, detail, message_at
) from stdin (format binary)
