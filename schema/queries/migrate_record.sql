-- Records a migration in its own transaction. $1 version, $2 name, $3 SHA-256 of its text in hex.
insert into toilmeter.schema_migration (version, name, checksum)
values ($1::integer, $2, $3)
