-- Puts another text in place of a message in quarantine, from which a name was taken.
-- $1 text, $2 text, $3 integer, $4 bigint: its place. $5 text, $6 text: value and key in hexadecimal digits, or null.
-- $7 jsonb: headers, or null. $8 text: detail, or null.
update toilmeter.quarantine q
set message = decode($5::text, 'hex'), key = decode($6::text, 'hex'), headers = $7::jsonb, detail = $8::text
where q.cluster = $1::text and q.topic = $2::text and q.partition = $3::integer and q.kafka_offset = $4::bigint
