-- Locks the current rows of the staged ids, so that whoever else has versions of them waits until this transaction ends
-- and then sees them. New ids get a row that remake_work_log fills. No parameters.
insert into toilmeter.work_log as t (id, version, versions)
select s.id, min(s.version), 0
from pg_temp.stage_work_log s
group by s.id
order by s.id
on conflict (id) do update set versions = t.versions
    where false -- the row is locked all the same, and not written
