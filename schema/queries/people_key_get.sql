-- The fingerprint of the key of the pseudonyms, if there is one. No parameters.
select k.fingerprint from toilmeter.people_key k
