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

-- Takes a customer's pseudonym out of runs, which nobody may change but through this; their numbers stay. Returns how
-- many rows held it.
create function toilmeter.forget_in_runs(pseudonym text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    touched bigint;
begin
    update toilmeter.run_ticket t set customer = null where t.customer = pseudonym;
    get diagnostics touched = row_count;
    return touched;
end
$$;
revoke execute on function toilmeter.forget_in_runs(text) from public;
grant execute on function toilmeter.forget_in_runs(text) to toilmeter_operator;
