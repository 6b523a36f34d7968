-- Messages behind the collectors.
select coalesce(sum(o.next_offset), 0) from toilmeter.kafka_offset o;
