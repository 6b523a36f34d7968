-- Keeps the fingerprint of the first key. $1 text: SHA-256 of the key in hex.
insert into toilmeter.people_key (fingerprint) values ($1)
on conflict (only_one) do nothing
