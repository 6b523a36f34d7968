-- Settings that two runs do not share; a setting that one of them lacks is null there. What a run notes of its data among
-- its parameters (how many topics and files were read, what was learned from gaps) follows from the events: it is no setting.
-- The window is told by itself.
-- $1 bigint  run id, the earlier
-- $2 bigint  run id, the later
select coalesce(a.key, b.key) as name, a.value as a, b.value as b
from (
    select p.key, p.value #>> '{}' as value
    from toilmeter.run r, jsonb_each(r.parameters || jsonb_build_object('seed', r.seed)) p where r.run_id = $1::bigint
) a
full join (
    select p.key, p.value #>> '{}' as value
    from toilmeter.run r, jsonb_each(r.parameters || jsonb_build_object('seed', r.seed)) p where r.run_id = $2::bigint
) b on b.key = a.key
where a.value is distinct from b.value
    and coalesce(a.key, b.key) not in (
        'from', 'to', 'imports', 'partitions', 'partitions_lagging', 'post_gaps', 'post_actors', 'post_learned', 'post_minutes',
        'declared_hours_lost', 'calibrated_hours_capped', 'calibration_ratio_by_gap', 'catalog_id',
        'link_tests', 'link_unlisted', 'link_suspect')
order by 1;
