/* Who may do what, all of it: read from the catalog, so that a new table, function or role is seen, and compared with
 * tests/golden/rights.txt. What must hold whatever the file says is checked besides, and each check was broken on
 * purpose to see that it notices. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_model.h"
#include "support/lib_pg.h"
#include "toilmeter/buf.h"
#include "toilmeter/migrate.h"

static struct pg_server *server;

static void setup(void)
{
    struct toil_error err;
    struct toil_db *db;
    server = pg_start(NULL);
    struct toil_db_options options = {.conninfo = pg_conninfo(server), .application_name = "test_rights"};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_db_close(db);
    pg_run(pg_conninfo(server), "select toilmeter.ensure_month(k, '2026-01-01') from unnest(array['service_restart', "
                                "'queue_rebalance', 'measurement', 'deployment']) k");
}

static void teardown(void)
{
    pg_stop(server);
}

TestSuite(rights, .init = setup, .fini = teardown, .timeout = 60);

/* Rights as they work out, those of everybody and those of other groups included. part: NULL for the whole object, else
 * the columns. "owned": what is there, and whose it is. */
#define MATRIX                                                                                                         \
    "with grantee as ("                                                                                                \
    "  select r.rolname::text as role from pg_roles r"                                                                 \
    "  where r.rolname like 'toilmeter\\_%' and not r.rolcanlogin and r.rolname <> 'toilmeter_owner'"                  \
    "  union all select 'public'"                                                                                      \
    "), relation as ("                                                                                                 \
    "  select c.oid, c.relname::text as name, c.relowner as owner, c.relacl as acl,"                                   \
    "    case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'view' else 'table' end as kind"   \
    "  from pg_class c where c.relnamespace = 'toilmeter'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', "   \
    "'S')"                                                                                                             \
    "), routine as ("                                                                                                  \
    "  select p.oid, p.oid::regprocedure::text as name, p.proowner as owner, p.proacl as acl, 'function' as kind"      \
    "  from pg_proc p where p.pronamespace = 'toilmeter'::regnamespace"                                                \
    "), of_table(nr, privilege) as (values (1, 'SELECT'), (2, 'INSERT'), (3, 'UPDATE'), (4, 'DELETE'),"                \
    "  (5, 'TRUNCATE'), (6, 'REFERENCES'), (7, 'TRIGGER')"                                                             \
    "), matrix as ("                                                                                                   \
    "  select t.kind, t.name, g.role, p.nr, p.privilege, null::text as part from relation t, grantee g, of_table p"    \
    "  where t.kind <> 'sequence' and has_table_privilege(g.role, t.oid, p.privilege)"                                 \
    "  union all"                                                                                                      \
    "  select t.kind, t.name, g.role, p.nr, p.privilege, string_agg(a.attname, ', ' order by a.attnum)"                \
    "  from relation t, grantee g, of_table p, pg_attribute a"                                                         \
    "  where t.kind <> 'sequence' and p.nr in (1, 2, 3, 6) and a.attrelid = t.oid and a.attnum > 0"                    \
    "    and not a.attisdropped and not has_table_privilege(g.role, t.oid, p.privilege)"                               \
    "    and has_column_privilege(g.role, t.oid, a.attnum, p.privilege)"                                               \
    "  group by 1, 2, 3, 4, 5"                                                                                         \
    "  union all"                                                                                                      \
    "  select t.kind, t.name, g.role, p.nr, p.privilege, null from relation t, grantee g,"                             \
    "    (values (1, 'USAGE'), (2, 'SELECT'), (3, 'UPDATE')) p(nr, privilege)"                                         \
    "  where t.kind = 'sequence' and has_sequence_privilege(g.role, t.oid, p.privilege)"                               \
    "  union all"                                                                                                      \
    "  select f.kind, f.name, g.role, 1, 'EXECUTE', null from routine f, grantee g"                                    \
    "  where has_function_privilege(g.role, f.oid, 'EXECUTE')"                                                         \
    "  union all"                                                                                                      \
    "  select 'schema', 'toilmeter', g.role, p.nr, p.privilege, null from grantee g,"                                  \
    "    (values (1, 'USAGE'), (2, 'CREATE')) p(nr, privilege)"                                                        \
    "  where has_schema_privilege(g.role, 'toilmeter', p.privilege)"                                                   \
    "), owned as ("                                                                                                    \
    "  select kind, name, owner, acl from relation union all select kind, name, owner, acl from routine"               \
    "  union all select 'schema', n.nspname, n.nspowner, n.nspacl from pg_namespace n where n.nspname = 'toilmeter'"   \
    ") "

#define EVENT_TABLES                                                                                                   \
    "(select c.relname from pg_class c where c.relnamespace = 'toilmeter'::regnamespace and 2 = (select count(*) "     \
    "from pg_attribute a where a.attrelid = c.oid and a.attname in ('id', 'extra')))"
#define RUN_TABLES "(name = 'run' or name like 'run\\_%')"

Test(rights, are_those_of_the_golden_file)
{
    char *text = pg_rows(pg_conninfo(server), MATRIX
                         "select o.kind || ' ' || o.name || coalesce(string_agg(e'\\n    ' || m.role || ': ' || "
                         "m.rights, '' order by m.role), e'\\n    nobody')"
                         " from owned o left join (select kind, name, role, string_agg(privilege || "
                         "coalesce(' (' || part || ')', ''), ', ' order by nr) as rights from matrix group by 1, "
                         "2, 3) m using (kind, name) group by o.kind, o.name"
                         " order by array_position(array['schema', 'table', 'view', 'sequence', 'function'], "
                         "o.kind), o.name collate \"C\"");
    cr_assert_not_null(strstr(text, "\ntable service_restart_2026_01\n    nobody\n"), "%s", text);
    toil_golden_check("rights.txt", text);
    free(text);
}

/* offenders: rows of what must not be, one column. breaks: SQL that makes one. */
struct rule {
    const char *name, *offenders, *breaks;
};

static const struct rule rules[] = {
    {"nobody deletes events",
     MATRIX "select role || ' ' || name || ' ' || privilege from matrix where name in " EVENT_TABLES
            " and privilege in ('DELETE', 'TRUNCATE')",
     "grant delete on toilmeter.work_log_version to toilmeter_collector"},
    {"nobody empties a month",
     MATRIX "select role || ' ' || name || ' ' || privilege from matrix where name in " EVENT_TABLES
            " and privilege in ('DELETE', 'TRUNCATE')",
     "grant truncate on toilmeter.measurement_2026_01 to toilmeter_analyst"},
    {"months are reached through their table alone",
     MATRIX "select role || ' ' || name from matrix where kind = 'table' and name ~ '_\\d{4}_\\d\\d$'",
     "grant select on toilmeter.measurement_2026_01 to toilmeter_reader"},
    {"what identifies an event does not change",
     MATRIX "select role || ' ' || name || ' ' || privilege from matrix where name in " EVENT_TABLES
            " and privilege = 'UPDATE' and (part is null or part ~ '\\mid\\M')",
     "grant update (id) on toilmeter.deployment to toilmeter_collector"},
    {"no run changes",
     MATRIX "select role || ' ' || name || ' ' || privilege from matrix where " RUN_TABLES
            " and privilege in ('UPDATE', 'DELETE', 'TRUNCATE')",
     "grant update (seed) on toilmeter.run to toilmeter_analyst"},
    {"the reader writes nothing",
     MATRIX "select name || ' ' || privilege from matrix where role = 'toilmeter_reader'"
            " and (privilege not in ('SELECT', 'USAGE') or kind = 'sequence')",
     "grant insert (name) on toilmeter.team to toilmeter_reader"},
    {"the reader makes nothing",
     MATRIX "select name || ' ' || privilege from matrix where role = 'toilmeter_reader'"
            " and (privilege not in ('SELECT', 'USAGE') or kind = 'sequence')",
     "grant create on schema toilmeter to toilmeter_reader"},
    {"the collector reads no run",
     MATRIX "select name || ' ' || privilege from matrix where role = 'toilmeter_collector' and " RUN_TABLES,
     "grant select (id) on toilmeter.run_ticket to toilmeter_collector"},
    {"the collector does not read messages again",
     MATRIX "select coalesce(part, '(all)') from matrix where role = 'toilmeter_collector' and name = 'quarantine'"
            " and privilege = 'SELECT' and (part is null or part ~ '\\m(message|detail)\\M')",
     "grant select (message) on toilmeter.quarantine to toilmeter_collector"},
    {"the reader sees no message and no key",
     MATRIX "select name || ' ' || privilege from matrix where role = 'toilmeter_reader'"
            " and name in ('quarantine', 'people_key')",
     "grant select (reason) on toilmeter.quarantine to toilmeter_reader"},
    {"nobody but the collector and the operator writes events",
     MATRIX "select role || ' ' || name || ' ' || privilege from matrix where name in " EVENT_TABLES
            " and role not in ('toilmeter_collector', 'toilmeter_operator') and privilege <> 'SELECT'",
     "grant insert on toilmeter.service_restart to toilmeter_analyst"},
    {"nobody hangs a trigger or a reference on anything",
     MATRIX "select role || ' ' || name || ' ' || privilege from matrix where privilege in ('TRIGGER', 'REFERENCES')",
     "grant trigger on toilmeter.catalog to toilmeter_analyst"},
    {"nobody makes objects in the schema", MATRIX "select role from matrix where privilege = 'CREATE'",
     "grant create on schema toilmeter to toilmeter_collector"},
    {"everybody has nothing", MATRIX "select kind || ' ' || name || ' ' || privilege from matrix where role = 'public'",
     "grant select on toilmeter.component to public"},
    {"everybody runs no function",
     MATRIX "select kind || ' ' || name || ' ' || privilege from matrix where role = 'public'",
     "grant execute on function toilmeter.read_offsets() to public"},
    {"a new function is nobody's",
     MATRIX "select kind || ' ' || name || ' ' || privilege from matrix where role = 'public'",
     "create function toilmeter.mine() returns int language sql as 'select 1'"},
    {"rights cannot be handed on",
     MATRIX "select o.name || ' ' || x.grantee::regrole from owned o, aclexplode(o.acl) x where x.is_grantable"
            " and x.grantee <> o.owner",
     "grant select on toilmeter.run to toilmeter_reader with grant option"},
    {"everything is the owner's",
     MATRIX "select name || ' ' || owner::regrole from owned where owner <> 'toilmeter_owner'::regrole",
     "alter table toilmeter.goal owner to toilmeter_analyst"},
    {"a function with the owner's rights searches where nobody else writes",
     "select p.oid::regprocedure from pg_proc p where p.pronamespace = 'toilmeter'::regnamespace and p.prosecdef"
     " and not exists (select from unnest(p.proconfig) c where c ~ '^search_path=(\"\"|pg_catalog)(, pg_temp)?$')",
     "alter function toilmeter.read_offsets() reset search_path"},
    {"a search path that others write to is none",
     "select p.oid::regprocedure from pg_proc p where p.pronamespace = 'toilmeter'::regnamespace and p.prosecdef"
     " and not exists (select from unnest(p.proconfig) c where c ~ '^search_path=(\"\"|pg_catalog)(, pg_temp)?$')",
     "alter function toilmeter.ensure_month(text, date) set search_path = public, pg_catalog"},
    {"groups are nothing but groups",
     "select rolname from pg_roles where rolname like 'toilmeter\\_%' and (rolcanlogin or rolsuper or rolcreaterole"
     " or rolcreatedb or rolreplication or rolbypassrls)",
     "alter role toilmeter_analyst createrole"},
    {"no group is in another",
     "select m.member::regrole || ' in ' || m.roleid::regrole from pg_auth_members m"
     " where m.roleid::regrole::text like 'toilmeter\\_%' and m.member::regrole::text like 'toilmeter\\_%'",
     "grant toilmeter_collector to toilmeter_analyst"},
};

Test(rights, what_must_hold_holds_and_is_noticed_when_it_does_not)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        char *found = pg_rows(pg_conninfo(server), rules[i].offenders);
        cr_expect_str_eq(found, "", "%s:\n%s", rules[i].name, found);
        free(found);
    }
    /* A database of its own for each: what one breaks is not another's. Roles are the server's: those rules are last.
     */
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        char *name = toil_xasprintf("broken_%zu", i);
        char *make = toil_xasprintf("create database %s template postgres", name);
        char *conninfo = toil_xasprintf("host=%s port=%d user=postgres dbname=%s", server->dir, server->port, name);
        pg_run(pg_conninfo(server), make);
        pg_run(conninfo, rules[i].breaks);
        char *found = pg_rows(conninfo, rules[i].offenders);
        cr_expect_str_neq(found, "", "%s: nothing was noticed after: %s", rules[i].name, rules[i].breaks);
        free(found);
        free(conninfo);
        free(make);
        free(name);
    }
}
