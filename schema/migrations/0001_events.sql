-- Event tables, offsets, quarantine, intake counts, and the roles that may touch them.
--
-- Columns of the event tables are the fields of include/toilmeter/events.def in its order, `extra` last. Texts are in C
-- collation: identities are bytes, and of two texts the greater is the same on every machine.
--
-- Rules that keep the door to a distributed database open: every unique key of an event table holds `id`, a plain
-- column that is never updated; one level of partitions; no trigger, rule or foreign key on event tables; offsets,
-- gaps, intake and quarantine are plain tables.

-- ---- roles ----
-- Groups, which cannot log in: grant them to the login roles that the operator has.
--   grant toilmeter_collector to LOGIN;  -- toilmeterd and `toilmeter import`
--   grant toilmeter_analyst to LOGIN;    -- `toilmeter catalog` and `toilmeter analyze`
--   grant toilmeter_reader to LOGIN;     -- reports, dashboards
--   grant toilmeter_owner to LOGIN;      -- `toilmeter migrate`
do $roles$
declare
    may_create constant boolean := (select r.rolsuper or r.rolcreaterole from pg_roles r where r.rolname = current_user);
    wanted text;
begin
    foreach wanted in array array['toilmeter_owner', 'toilmeter_collector', 'toilmeter_analyst', 'toilmeter_reader'] loop
        continue when exists (select from pg_roles r where r.rolname = wanted);
        if not may_create then
            raise exception using
                errcode = 'TM001',
                message = format('role %I is missing, and %I may not create roles', wanted, current_user),
                hint = format('as a superuser: CREATE ROLE toilmeter_owner; CREATE ROLE toilmeter_collector; '
                    || 'CREATE ROLE toilmeter_analyst; CREATE ROLE toilmeter_reader; GRANT toilmeter_owner TO %I;',
                    current_user);
        end if;
        begin
            execute format('create role %I nologin', wanted);
        exception when duplicate_object or unique_violation then
            null; -- another database of this server is being migrated now
        end;
    end loop;
    begin
        set local role toilmeter_owner;
        reset role;
    exception when insufficient_privilege then
        if not may_create then
            raise exception using
                errcode = 'TM001',
                message = format('%I is not a member of toilmeter_owner', current_user),
                hint = format('as a superuser: GRANT toilmeter_owner TO %I;', current_user);
        end if;
        execute format('grant toilmeter_owner to %I', current_user);
    end;
end
$roles$;

create schema if not exists toilmeter authorization toilmeter_owner;
-- All that follows belongs to the owner. `toilmeter migrate` does the same before every later migration.
set local role toilmeter_owner;

grant usage on schema toilmeter to toilmeter_collector, toilmeter_analyst, toilmeter_reader;

create table toilmeter.schema_migration (
    version integer primary key,
    name text collate "C" not null,
    checksum text collate "C" not null,
    applied_at timestamptz not null default now()
);
comment on table toilmeter.schema_migration is 'Migrations that were applied; checksum is the SHA-256 of the file.';

-- ---- facts ----
-- Partitioned by month of `at`, without a default partition: a row outside every month is refused with 23514, and the
-- program makes the month and tries again. A default partition would be scanned by every ATTACH, and a row in it would
-- block the making of its month.

create table toilmeter.service_restart (
    at timestamptz not null,
    id text collate "C" not null,
    ended_at timestamptz,
    component text collate "C" not null,
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    count bigint,
    reason text collate "C",
    host text collate "C",
    exit_code integer,
    severity smallint,
    extra jsonb,
    unique (at, id)
) partition by range (at);

create table toilmeter.queue_rebalance (
    at timestamptz not null,
    id text collate "C" not null,
    ended_at timestamptz,
    component text collate "C" not null,
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    queue text collate "C",
    moved bigint,
    extra jsonb,
    unique (at, id)
) partition by range (at);

create table toilmeter.measurement (
    at timestamptz not null,
    id text collate "C" not null,
    component text collate "C" not null,
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    metric text collate "C" not null,
    value double precision not null,
    unit text collate "C",
    extra jsonb,
    unique (at, id)
) partition by range (at);

create table toilmeter.deployment (
    at timestamptz not null,
    id text collate "C" not null,
    component text collate "C" not null,
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    ref text collate "C",
    version_label text collate "C",
    extra jsonb,
    unique (at, id)
) partition by range (at);

-- Ends that a source told apart from their beginnings; `toilmeter analyze` joins them to their facts by id.
create table toilmeter.event_ending (
    kind text collate "C" not null,
    id text collate "C" not null,
    ended_at timestamptz not null,
    component text collate "C",
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    count bigint,
    reason text collate "C",
    host text collate "C",
    exit_code integer,
    queue text collate "C",
    moved bigint,
    severity smallint,
    extra jsonb,
    unique (kind, id, ended_at)
);

-- ---- states ----
-- Every version, and the current row: field by field the last known value, `at` the earliest known.

create table toilmeter.support_ticket_version (
    at timestamptz,
    id text collate "C" not null,
    version bigint not null,
    updated_at timestamptz,
    closed_at timestamptz,
    component text collate "C",
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    status text collate "C",
    severity smallint,
    topic text collate "C",
    tags text[] collate "C",
    customer text collate "C",
    csat double precision,
    extra jsonb,
    unique (id, version)
);

create table toilmeter.work_log_version (
    at timestamptz,
    id text collate "C" not null,
    version bigint not null,
    ended_at timestamptz,
    updated_at timestamptz,
    component text collate "C",
    actor text collate "C",
    automatic boolean,
    scope text collate "C",
    manual_minutes double precision,
    status text collate "C",
    ref text collate "C",
    activity text collate "C",
    extra jsonb,
    unique (id, version)
);

-- Room on each page lets an update stay on it.
create table toilmeter.support_ticket (
    like toilmeter.support_ticket_version,
    versions integer not null,
    unique (id)
) with (fillfactor = 80);
comment on column toilmeter.support_ticket.versions is 'how many versions are known; `version` is the highest of them';

create table toilmeter.work_log (
    like toilmeter.work_log_version,
    versions integer not null,
    unique (id)
) with (fillfactor = 80);
comment on column toilmeter.work_log.versions is 'how many versions are known; `version` is the highest of them';

-- ---- beside the events ----

create table toilmeter.quarantine (
    cluster text collate "C" not null,
    topic text collate "C" not null,
    partition integer not null,
    kafka_offset bigint not null,
    message bytea,
    key bytea,
    headers jsonb,
    reason text collate "C" not null,
    detail text collate "C",
    message_at timestamptz,
    quarantined_at timestamptz not null default now(),
    primary key (cluster, topic, partition, kafka_offset)
);
comment on table toilmeter.quarantine is 'Unusable messages, whole; message null: it had no value.';

create table toilmeter.kafka_offset (
    cluster text collate "C" not null,
    topic text collate "C" not null,
    partition integer not null,
    next_offset bigint,
    epoch bigint not null default 0,
    leader_epoch integer,
    read_to timestamptz,
    end_offset bigint,
    skipped bigint not null default 0,
    updated_at timestamptz not null default now(),
    primary key (cluster, topic, partition)
) with (fillfactor = 50);
comment on table toilmeter.kafka_offset is 'How far each partition was read; written in the transaction of the rows.';
comment on column toilmeter.kafka_offset.next_offset is 'the next message to read; null until the first was read';
comment on column toilmeter.kafka_offset.epoch is 'raised by every claim: who has an older one may not write';
comment on column toilmeter.kafka_offset.read_to is
    'up to when it was read: the greatest timestamp of its messages, or when its end was last seen';
comment on column toilmeter.kafka_offset.end_offset is 'end of the log when it was last seen';
comment on column toilmeter.kafka_offset.skipped is 'offsets that held no message: transaction markers, compaction';

create table toilmeter.kafka_gap (
    cluster text collate "C" not null,
    topic text collate "C" not null,
    partition integer not null,
    from_offset bigint not null,
    to_offset bigint not null,
    reason text collate "C" not null check (reason in ('retention', 'recreated', 'aborted or compacted')),
    found_at timestamptz not null default now(),
    primary key (cluster, topic, partition, from_offset)
);
comment on table toilmeter.kafka_gap is 'Offsets from_offset up to, but not, to_offset that were never read, and why.';

create table toilmeter.intake (
    cluster text collate "C" not null,
    topic text collate "C" not null,
    partition integer not null,
    kind text collate "C" not null,
    received bigint not null default 0,
    stored bigint not null default 0,
    duplicates bigint not null default 0,
    older bigint not null default 0,
    quarantined bigint not null default 0,
    skipped bigint not null default 0,
    unknown_fields bigint not null default 0,
    primary key (cluster, topic, partition, kind)
) with (fillfactor = 50);
comment on table toilmeter.intake is
    'What became of the messages: received = stored + duplicates + quarantined + skipped. kind is empty for messages of none.';
comment on column toilmeter.intake.older is 'of those stored, versions below the highest known when they arrived';

create table toilmeter.people_key (
    only_one boolean primary key default true check (only_one),
    fingerprint text collate "C" not null,
    created_at timestamptz not null default now()
);
comment on table toilmeter.people_key is 'SHA-256 of the key of the pseudonyms: another key would make two of each person.';

-- ---- functions ----

-- Two sets of unknown fields as one: of two values of a key the greater text stays. Commutative, associative and
-- idempotent, like greatest() for a column.
create function toilmeter.extra_merge(a jsonb, b jsonb) returns jsonb
    language sql immutable strict parallel safe
as $$
    select coalesce(jsonb_object_agg(u.key, u.value), '{}'::jsonb)
    from (
        select distinct on (e.key collate "C") e.key, e.value
        from (select key, value from jsonb_each(a) union all select key, value from jsonb_each(b)) e
        order by e.key collate "C", e.value::text collate "C" desc
    ) u
$$;

create aggregate toilmeter.extra_max(jsonb) (
    sfunc = toilmeter.extra_merge,
    stype = jsonb,
    combinefunc = toilmeter.extra_merge,
    parallel = safe
);

-- Makes the month of a fact's table that holds the date; false when it was there. The table is made apart and attached,
-- which does not stop those who write to other months.
create function toilmeter.ensure_month(kind text, month date) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    first_day constant date := date_trunc('month', month);
    next_month constant date := first_day + interval '1 month';
    part constant text := format('%s_%s', kind, to_char(first_day, 'YYYY_MM'));
    parent constant oid := to_regclass(format('toilmeter.%I', kind));
begin
    if kind is null or kind not in ('service_restart', 'queue_rebalance', 'measurement', 'deployment') then
        raise exception using errcode = '22023', message = format('no fact is of kind %L', kind);
    end if;
    if month is null or month < '1970-01-01' or month >= '2200-01-01' then
        raise exception using errcode = '22008', message = format('no month is made for %s', month);
    end if;
    if exists (select from pg_inherits i
            join pg_class c on c.oid = i.inhrelid
            where i.inhparent = parent and c.relname = part) then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('toilmeter.ensure_month', 0));
    if exists (select from pg_inherits i
            join pg_class c on c.oid = i.inhrelid
            where i.inhparent = parent and c.relname = part) then
        return false; -- another collector made it while this one waited
    end if;
    if exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'toilmeter' and c.relname = part) then
        raise exception using
            errcode = 'TM002',
            message = format('table toilmeter.%I exists, but is no partition of toilmeter.%I', part, kind),
            hint = 'attach it, move it to another schema, or drop it';
    end if;
    execute format('create table toilmeter.%I (like toilmeter.%I)', part, kind);
    execute format('alter table toilmeter.%I attach partition toilmeter.%I for values from (%L) to (%L)', kind, part,
        to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(next_month, 'YYYY-MM-DD') || ' 00:00:00+00');
    return true;
end
$$;

-- The offsets at one instant, for the watermark of a run: writers are held off until the caller's transaction ends, so
-- call it in a short one of its own. Needed because a distributed database has no snapshot over all its tables.
create function toilmeter.read_offsets() returns setof toilmeter.kafka_offset
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    lock table toilmeter.kafka_offset in share mode;
    return query select * from toilmeter.kafka_offset o order by o.cluster, o.topic, o.partition;
end
$$;

-- ---- rights ----
-- Nobody but the owner deletes. The collector may fill absent fields of a fact (ON CONFLICT DO UPDATE), never change
-- what identifies it.

revoke execute on function toilmeter.ensure_month(text, date), toilmeter.read_offsets() from public;
grant execute on function toilmeter.ensure_month(text, date) to toilmeter_collector;
grant execute on function toilmeter.read_offsets() to toilmeter_analyst;

grant select on toilmeter.schema_migration to toilmeter_collector, toilmeter_analyst, toilmeter_reader;

do $rights$
declare
    event_table text;
    fillable text;
begin
    foreach event_table in array array['service_restart', 'queue_rebalance', 'measurement', 'deployment',
        'event_ending', 'support_ticket_version', 'work_log_version', 'support_ticket', 'work_log'] loop
        execute format('grant select on toilmeter.%I to toilmeter_collector, toilmeter_analyst, toilmeter_reader',
            event_table);
        execute format('grant insert on toilmeter.%I to toilmeter_collector', event_table);
        select string_agg(format('%I', c.attname), ', ' order by c.attnum) into fillable
        from pg_attribute c
        where c.attrelid = format('toilmeter.%I', event_table)::regclass
            and c.attnum > 0
            and c.attname not in (select k.attname from pg_index i
                join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey)
                where i.indrelid = c.attrelid and i.indisunique);
        execute format('grant update (%s) on toilmeter.%I to toilmeter_collector', fillable, event_table);
    end loop;
end
$rights$;

grant select, insert, update on toilmeter.kafka_offset, toilmeter.intake to toilmeter_collector;
grant select, insert on toilmeter.kafka_gap, toilmeter.people_key to toilmeter_collector;
-- no right to read the messages again
grant insert, select (cluster, topic, partition, kafka_offset) on toilmeter.quarantine to toilmeter_collector;

grant select on toilmeter.kafka_offset, toilmeter.kafka_gap, toilmeter.intake to toilmeter_analyst, toilmeter_reader;
grant select on toilmeter.quarantine, toilmeter.people_key to toilmeter_analyst;
