-- The operator: brings messages back from quarantine, forgets people. And less for the others: who looks at dashboards
-- does not see who acted, who analyses does not see messages that could not be used, in which names stand as they came.
--   grant toilmeter_operator to LOGIN;   -- `toilmeter quarantine`, `toilmeter forget`

reset role; -- who migrates may make roles, the owner may not
do $roles$
declare
    may_create constant boolean := (select r.rolsuper or r.rolcreaterole from pg_roles r where r.rolname = current_user);
begin
    if exists (select from pg_roles r where r.rolname = 'toilmeter_operator') then
        return;
    end if;
    if not may_create then
        raise exception using
            errcode = 'TM001',
            message = format('role toilmeter_operator is missing, and %I may not create roles', current_user),
            hint = 'as a superuser: CREATE ROLE toilmeter_operator;';
    end if;
    begin
        create role toilmeter_operator nologin;
    exception when duplicate_object or unique_violation then
        null; -- another database of this server is being migrated now
    end;
end
$roles$;
set local role toilmeter_owner;

grant usage on schema toilmeter to toilmeter_operator;
grant select on toilmeter.schema_migration, toilmeter.people_key, toilmeter.kafka_offset, toilmeter.kafka_gap,
    toilmeter.catalog to toilmeter_operator;
grant select, insert, update on toilmeter.intake to toilmeter_operator;
grant execute on function toilmeter.ensure_month(text, date) to toilmeter_operator;

-- Events as the collector writes them; a person is forgotten by the same right to fill, which can also empty.
do $rights$
declare
    event_table text;
    fillable text;
    plain text;
begin
    foreach event_table in array array['service_restart', 'queue_rebalance', 'measurement', 'deployment',
        'event_ending', 'support_ticket_version', 'work_log_version', 'support_ticket', 'work_log'] loop
        execute format('grant select, insert on toilmeter.%I to toilmeter_operator', event_table);
        select string_agg(format('%I', c.attname), ', ' order by c.attnum)
            filter (where c.attname not in (select k.attname from pg_index i
                join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey)
                where i.indrelid = c.attrelid and i.indisunique)),
            string_agg(format('%I', c.attname), ', ' order by c.attnum)
            filter (where c.attname not in ('actor', 'customer', 'extra'))
        into fillable, plain
        from pg_attribute c
        where c.attrelid = format('toilmeter.%I', event_table)::regclass and c.attnum > 0 and not c.attisdropped;
        execute format('grant update (%s) on toilmeter.%I to toilmeter_operator', fillable, event_table);
        execute format('revoke select on toilmeter.%I from toilmeter_reader', event_table);
        execute format('grant select (%s) on toilmeter.%I to toilmeter_reader', plain, event_table);
    end loop;
end
$rights$;

grant select, delete, update (message, key, headers, reason, detail) on toilmeter.quarantine to toilmeter_operator;
revoke select on toilmeter.quarantine from toilmeter_analyst;
grant select (cluster, topic, partition, kafka_offset, reason, detail, message_at, quarantined_at)
    on toilmeter.quarantine to toilmeter_analyst;

-- Takes pseudonyms out of the events, and unknown fields in which somebody's name stands as it came. Nothing else of a row
-- changes. actors, customers: pseudonyms; words: regular expressions of the names as JSON has them, one for each way to
-- write it. With the rights of the caller. Returns for each table what was touched ('actor', 'customer', 'extra') and how
-- many rows still hold one of the names somewhere ('elsewhere'), which somebody must judge.
create function toilmeter.forget_in_events(actors text[], customers text[], words text[])
    returns table (relation text, what text, touched bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    has_customer boolean;
begin
    foreach relation in array array['service_restart', 'queue_rebalance', 'measurement', 'deployment', 'event_ending',
        'support_ticket_version', 'work_log_version', 'support_ticket', 'work_log'] loop
        has_customer := exists (select from pg_attribute c
            where c.attrelid = format('toilmeter.%I', relation)::regclass and c.attname = 'customer');
        what := 'actor';
        execute format('update toilmeter.%I set actor = null where actor = any ($1)', relation) using actors;
        get diagnostics touched = row_count;
        return next;
        if has_customer then
            what := 'customer';
            execute format('update toilmeter.%I set customer = null where customer = any ($1)', relation) using customers;
            get diagnostics touched = row_count;
            return next;
        end if;
        what := 'extra';
        execute format($sql$
            update toilmeter.%I t
            set extra = (select jsonb_object_agg(e.key, e.value) from jsonb_each(t.extra) e
                where not exists (select from unnest($1) w where e.value::text ~ w or e.key ~ w))
            where t.extra is not null and exists (select from unnest($1) w where t.extra::text ~ w)
            $sql$, relation) using words;
        get diagnostics touched = row_count;
        return next;
        what := 'elsewhere';
        -- a row as text doubles quotes and backslashes
        execute format($sql$
            select count(*) from toilmeter.%I t
            where exists (select from unnest($1) w
                where replace(replace(t::text, '""', '"'), repeat(chr(92), 2), chr(92)) ~ w)
            $sql$, relation) into touched using words;
        return next;
    end loop;
end
$$;
revoke execute on function toilmeter.forget_in_events(text[], text[], text[]) from public;
grant execute on function toilmeter.forget_in_events(text[], text[], text[]) to toilmeter_operator;

-- Takes customers' pseudonyms out of runs, which nobody may change but through this; their numbers stay. Returns how many
-- rows held one.
create function toilmeter.forget_in_runs(customers text[]) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    touched bigint;
begin
    update toilmeter.run_ticket t set customer = null where t.customer = any (customers);
    get diagnostics touched = row_count;
    return touched;
end
$$;
revoke execute on function toilmeter.forget_in_runs(text[]) from public;
grant execute on function toilmeter.forget_in_runs(text[]) to toilmeter_operator;
