-- How far each partition has been read, with writers held off for an instant: run it in a short transaction of its own.
-- No parameters.
select o.cluster, o.topic, o.partition, o.next_offset, o.end_offset, o.read_to
from toilmeter.read_offsets() o
order by o.cluster, o.topic, o.partition;
