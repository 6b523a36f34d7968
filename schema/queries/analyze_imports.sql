-- How many sources were imported from files: they have intake but no offset. No parameters.
select count(*) as imports
from toilmeter.intake i
where not exists (
    select from toilmeter.kafka_offset o
    where o.cluster = i.cluster and o.topic = i.topic and o.partition = i.partition
);
