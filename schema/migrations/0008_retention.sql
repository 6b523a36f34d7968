-- Retention: what is older than a day goes, facts by whole months.

-- Drops the months of facts that end before or on the day, and deletes endings, tickets, work logs and messages in
-- quarantine that nothing has touched since. Runs stay. With the rights of the caller, who has to be the owner. Returns what
-- went and how many rows it had.
create function toilmeter.drop_before(day date) returns table (relation text, "rows" bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    part record;
    state text;
begin
    if day is null or day > current_date then
        raise exception using errcode = '22023', message = format('expected a day of the past, found %s', day);
    end if;
    for part in
        select c.relname as name, to_date(right(c.relname, 7), 'YYYY_MM') as first_day
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent in ('toilmeter.service_restart'::regclass, 'toilmeter.queue_rebalance'::regclass,
            'toilmeter.measurement'::regclass, 'toilmeter.deployment'::regclass)
            and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
        order by c.relname collate "C"
    loop
        continue when part.first_day + interval '1 month' > day;
        relation := part.name;
        execute format('select count(*) from toilmeter.%I', part.name) into "rows";
        execute format('drop table toilmeter.%I', part.name);
        return next;
    end loop;
    relation := 'event_ending';
    delete from toilmeter.event_ending e where e.ended_at < day::timestamp at time zone 'UTC';
    get diagnostics "rows" = row_count;
    return next;
    foreach state in array array['support_ticket', 'work_log'] loop
        -- the current row knows when it was last touched; its versions go with it
        relation := state || '_version';
        execute format($sql$
            delete from toilmeter.%I v using toilmeter.%I s
            where v.id = s.id
                and greatest(s.at, s.updated_at, %s) < $1::timestamp at time zone 'UTC'
            $sql$, relation, state, case state when 'work_log' then 's.ended_at' else 's.closed_at' end) using day;
        get diagnostics "rows" = row_count;
        return next;
        relation := state;
        execute format('delete from toilmeter.%I s where not exists (select from toilmeter.%I v where v.id = s.id)',
            state, state || '_version');
        get diagnostics "rows" = row_count;
        return next;
    end loop;
    relation := 'quarantine';
    delete from toilmeter.quarantine q where q.quarantined_at < day::timestamp at time zone 'UTC';
    get diagnostics "rows" = row_count;
    return next;
end
$$;
