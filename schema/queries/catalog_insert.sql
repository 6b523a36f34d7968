-- Puts a catalog in force; returns its id.
-- $1 text: SHA-256 of the document, hexadecimal
-- $2 jsonb: the document, canonical
insert into toilmeter.catalog (checksum, document)
values ($1, $2::jsonb)
returning catalog_id;
