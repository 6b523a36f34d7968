/* What SQLSTATEs mean, and what is made of a refused connection's message. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/sqlstate.h"
#include "toilmeter/db.h"

struct expectation {
    const char *sqlstate;
    enum toil_status status;
    const char *hint; /* a part of it, or NULL for none */
};

Test(sqlstate, each_code_has_a_class_and_a_remedy)
{
    static const struct expectation rows[] = {
        {NULL, TOIL_RETRY, NULL},
        {"", TOIL_RETRY, NULL},
        {"08006", TOIL_RETRY, NULL},
        {"08P01", TOIL_FATAL, NULL},
        {"22021", TOIL_BAD_INPUT, NULL},
        {"22P05", TOIL_BAD_INPUT, NULL},
        {"23502", TOIL_BAD_INPUT, NULL},
        {"23505", TOIL_BAD_INPUT, NULL},
        {"25006", TOIL_RETRY, "no writes"},
        {"25P03", TOIL_RETRY, NULL},
        {"25P02", TOIL_FATAL, NULL},
        {"28P01", TOIL_FATAL, ".pgpass"},
        {"28000", TOIL_FATAL, "pg_hba.conf"},
        {"3D000", TOIL_FATAL, "createdb"},
        {"3F000", TOIL_FATAL, "toilmeter migrate"},
        {"40001", TOIL_RETRY, NULL},
        {"40P01", TOIL_RETRY, NULL},
        {"42501", TOIL_FATAL, "toilmeter_collector"},
        {"42601", TOIL_FATAL, NULL},
        {"42703", TOIL_FATAL, "toilmeter migrate"},
        {"42P01", TOIL_FATAL, "toilmeter migrate"},
        {"53100", TOIL_RETRY, "disk is full"},
        {"53300", TOIL_RETRY, "max_connections"},
        {"54000", TOIL_BAD_INPUT, NULL},
        {"55P03", TOIL_RETRY, NULL},
        {"57014", TOIL_RETRY, NULL},
        {"57P01", TOIL_RETRY, NULL},
        {"57P03", TOIL_RETRY, "starting up"},
        {"57P04", TOIL_FATAL, "createdb"},
        {"58030", TOIL_RETRY, NULL},
        {"TM001", TOIL_FATAL, NULL},
        {"XX000", TOIL_RETRY, NULL},
        {"XX001", TOIL_FATAL, "corruption"},
        {"0A000", TOIL_FATAL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *name = rows[i].sqlstate ? rows[i].sqlstate : "(none)";
        cr_expect_eq(toil_sqlstate_status(rows[i].sqlstate), rows[i].status, "%s", name);
        const char *hint = toil_sqlstate_hint(rows[i].sqlstate);
        if (rows[i].hint)
            cr_expect(hint && strstr(hint, rows[i].hint), "%s: %s", name, hint ? hint : "(none)");
        else
            cr_expect_null(hint, "%s: %s", name, hint);
    }
}

struct refusal {
    const char *message;
    bool needs_password;
    enum toil_status status;
    const char *sqlstate;
    const char *text;
};

Test(sqlstate, a_refused_connection_tells_its_code)
{
    static const struct refusal rows[] = {
        {"connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28P01: password authentication failed for "
         "user \"x\"\nLOCATION:  auth_failed, auth.c:326\n",
         false, TOIL_FATAL, "28P01",
         "database: connection to server at \"127.0.0.1\", port 5432 failed: password authentication failed for user "
         "\"x\""},
        {"connection to server on socket \"/run/.s.PGSQL.5432\" failed: FATAL:  57P03: the database system is starting "
         "up\n",
         false, TOIL_RETRY, "57P03",
         "database: connection to server on socket \"/run/.s.PGSQL.5432\" failed: the database system is starting up"},
        {"connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory\n\tIs the server "
         "running locally and accepting connections on that socket?\n",
         false, TOIL_RETRY, "",
         "database: connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory"},
        {"connection to server at \"a\" failed: timeout\nconnection to server at \"b\" failed: FATAL:  3D000: database "
         "\"y\" does not exist\n",
         false, TOIL_FATAL, "3D000", "database: connection to server at \"b\" failed: database \"y\" does not exist"},
        {"connection to server at \"a\" failed: fe_sendauth: no password supplied\n", true, TOIL_FATAL, "28P01",
         "database: connection to server at \"a\" failed: no password supplied"},
        {"", false, TOIL_RETRY, "", "database: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_error err;
        cr_expect_eq(toil_sqlstate_connect_error(rows[i].message, rows[i].needs_password, &err), rows[i].status);
        cr_expect_str_eq(err.message, rows[i].text);
        cr_expect_str_eq(err.sqlstate, rows[i].sqlstate);
        cr_expect_neq(err.hint[0], '\0');
        cr_expect_eq(toil_sqlstate_connect_error(rows[i].message, rows[i].needs_password, NULL), rows[i].status);
    }
}

/* libpq has no codes for these. */
Test(sqlstate, what_has_no_code_still_has_its_remedy)
{
    static const struct {
        const char *words, *hint;
    } rows[] = {
        {"SSL error: certificate verify failed", "sslrootcert"},
        {"server certificate for \"a\" (and 2 other names) does not match host name \"b\"", "host has to name"},
        {"server does not support SSL, but SSL was required", "ssl = on"},
        {"root certificate file \"/x\" does not exist", "sslrootcert"},
        {"could not read root certificate file \"/x\": no certificate", "sslrootcert"},
        {"certificate present, but not private key file \"/x\"", "sslkey"},
        {"private key file \"/x\" has group or world access", "sslkey"},
        {"could not open certificate file \"/x\": No such file or directory", "sslcert"},
        {"Connection refused", "the server runs"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_error err;
        char message[256];
        snprintf(message, sizeof message, "connection to server at \"h\", port 5432 failed: %s\nand more\n",
                 rows[i].words);
        cr_expect_eq(toil_sqlstate_connect_error(message, false, &err), TOIL_RETRY);
        cr_expect(strstr(err.hint, rows[i].hint), "%s: %s", rows[i].words, err.hint);
        cr_expect(strstr(err.message, rows[i].words), "%s", err.message);
    }
}

Test(db_values, arrays_are_quoted)
{
    struct toil_buf out = TOIL_BUF_INIT;
    toil_array_end(&out);
    cr_expect_str_eq(out.data, "{}");
    toil_buf_clear(&out);
    toil_array_add_text(&out, TOIL_SPAN("a\"b\\c,{}"));
    toil_array_add_text(&out, TOIL_SPAN(""));
    toil_array_add_text(&out, TOIL_SPAN("NULL"));
    toil_array_add_null(&out);
    toil_array_end(&out);
    cr_expect_str_eq(out.data, "{\"a\\\"b\\\\c,{}\",\"\",\"NULL\",NULL}");
    toil_buf_clear(&out);
    toil_array_add_int(&out, INT64_MIN);
    toil_array_add_int(&out, 0);
    toil_array_add_int(&out, INT64_MAX);
    toil_array_end(&out);
    cr_expect_str_eq(out.data, "{-9223372036854775808,0,9223372036854775807}");
    toil_buf_release(&out);
}

Test(db_values, binary_fields_become_numbers)
{
    cr_expect_eq(toil_field_int64(TOIL_SPAN("\xff\xfe")), -2);
    cr_expect_eq(toil_field_int64(TOIL_SPAN("\x00\x00\x01\x00")), 256);
    cr_expect_eq(toil_field_int64(TOIL_SPAN("\xff\xff\xff\xff\xff\xff\xff\xff")), -1);
    cr_expect_eq(toil_field_int64(TOIL_SPAN("\x01")), 1);
    cr_expect_eq(toil_field_int64((struct toil_span){0}), 0);
    cr_expect_eq(toil_field_double(TOIL_SPAN("\xbf\xf8\x00\x00\x00\x00\x00\x00")), -1.5);
    cr_expect_eq(toil_field_double(TOIL_SPAN("\x3f\xc0\x00\x00")), 1.5);
    cr_expect_eq(toil_field_time_us(TOIL_SPAN("\x00\x00\x00\x00\x00\x00\x00\x01")), INT64_C(946684800000001));
    cr_expect_eq(toil_field_time_us(TOIL_SPAN("\x7f\xff\xff\xff\xff\xff\xff\xff")), INT64_MAX);
}
