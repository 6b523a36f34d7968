-- One migrating program at a time, until its session ends or unlocks. No parameters.
select pg_advisory_lock(hashtextextended('toilmeter.migrate', 0))
