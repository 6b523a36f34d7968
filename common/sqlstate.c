/* What an SQLSTATE means: for the caller (a status) and for the person who reads the message (a remedy). */
#include "common/sqlstate.h"

#include <string.h>

#include "toilmeter/db.h"

struct rule {
    const char *prefix; /* class of two characters, or whole code of five */
    enum toil_status status;
    const char *hint;
};

#define MIGRATE "the schema is missing or older than this program: run `toilmeter migrate` as its owner"
#define RIGHTS                                                                                                         \
    "a right is missing. As the owner: GRANT toilmeter_collector TO the login role (toilmeterd, import), "             \
    "toilmeter_analyst (catalog, analyze), toilmeter_reader (reports), toilmeter_owner (migrate)"
#define READ_ONLY "the server takes no writes: a standby, or default_transaction_read_only is on"
#define STARTING  "the server is starting up, shutting down or in recovery"
#define PASSWORD  "check that the role exists, and its password: PGPASSWORD, the .pgpass file or the service file"
#define HBA                                                                                                            \
    "check that the role exists, that pg_hba.conf lets it in from here, and that sslmode, sslcert and sslkey are "     \
    "what it asks for"
#define NO_BASE   "create the database (createdb NAME), or name the right one in the connection settings"
#define DISK_FULL "the database server's disk is full: free or add space there"
#define TOO_MANY  "the server has no free connection: raise max_connections or use fewer clients"
#define CORRUPTED "the database reports corruption: stop, and look at the server's log and its disks"

/* Codes stand before their class: the first match counts. What is not listed is a fault of the program. */
static const struct rule rules[] = {
    {"08P01", TOIL_FATAL, NULL}, /* the wrong number of parameters, say */
    {"08", TOIL_RETRY, NULL},         {"22", TOIL_BAD_INPUT, NULL},     {"23", TOIL_BAD_INPUT, NULL},
    {"25006", TOIL_RETRY, READ_ONLY}, {"25P03", TOIL_RETRY, NULL}, /* the session idled in its transaction for too long
                                                                    */
    {"28P01", TOIL_FATAL, PASSWORD},  {"28", TOIL_FATAL, HBA},          {"3D", TOIL_FATAL, NO_BASE},
    {"3F", TOIL_FATAL, MIGRATE},      {"40", TOIL_RETRY, NULL},         {"42501", TOIL_FATAL, RIGHTS},
    {"42P01", TOIL_FATAL, MIGRATE},   {"42703", TOIL_FATAL, MIGRATE},   {"42883", TOIL_FATAL, MIGRATE},
    {"42", TOIL_FATAL, NULL},         {"53100", TOIL_RETRY, DISK_FULL}, {"53300", TOIL_RETRY, TOO_MANY},
    {"53", TOIL_RETRY, NULL},         {"54", TOIL_BAD_INPUT, NULL},     {"55", TOIL_RETRY, NULL},
    {"57P03", TOIL_RETRY, STARTING},  {"57P04", TOIL_FATAL, NO_BASE}, /* the database was dropped */
    {"57", TOIL_RETRY, NULL},         {"58", TOIL_RETRY, NULL},         {"XX001", TOIL_FATAL, CORRUPTED},
    {"XX002", TOIL_FATAL, CORRUPTED}, {"XX", TOIL_RETRY, NULL}, /* a cluster reports the failure of a node so */
};

static const struct rule *find(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strncmp(sqlstate, rules[i].prefix, strlen(rules[i].prefix)) == 0)
            return &rules[i];
    }
    return NULL;
}

enum toil_status toil_sqlstate_status(const char *sqlstate)
{
    if (!sqlstate || !*sqlstate)
        return TOIL_RETRY;
    const struct rule *rule = find(sqlstate);
    return rule ? rule->status : TOIL_FATAL;
}

const char *toil_sqlstate_hint(const char *sqlstate)
{
    const struct rule *rule = sqlstate && *sqlstate ? find(sqlstate) : NULL;
    return rule ? rule->hint : NULL;
}

/* Verbose messages have the form "SEVERITY:  SQLSTATE: text" in every language. Finds the code in one line: `text` is
 * where the text after it begins, `head` how much stands before the severity. */
static bool find_code(const char *line, size_t len, char code[6], size_t *head, size_t *text)
{
    for (size_t i = 3; i + 7 < len; i++) {
        if (memcmp(line + i - 3, ":  ", 3) != 0 || line[i + 5] != ':' || line[i + 6] != ' ')
            continue;
        if (strspn(line + i, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
            continue;
        memcpy(code, line + i, 5);
        code[5] = '\0';
        *text = i + 7;
        for (*head = i - 3; *head > 0 && line[*head - 1] != ' '; (*head)--)
            ;
        return true;
    }
    return false;
}

/* For what libpq has no code: its words, which stay English as long as no program calls setlocale, choose the hint and
 * nothing else. */
static const char *hint_by_words(const char *line, size_t len)
{
    static const struct {
        const char *words, *hint;
    } rows[] = {
        {"certificate verify failed",
         "sslrootcert has to name the file with the authority that signed the server's certificate; that certificate "
         "may also have expired"},
        {"does not match host name", "host has to name the server as its certificate does"},
        {"does not support SSL", "switch TLS on at the server (ssl = on); weaken sslmode only where the way is safe"},
        {"root certificate file", "sslrootcert has to name a file in PEM that the user of this program can read"},
        {"private key file", "sslkey has to name the key of sslcert, and belong to the user of this program alone"},
        {"certificate file", "sslcert has to name a file in PEM that the user of this program can read"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (memmem(line, len, rows[i].words, strlen(rows[i].words)))
            return rows[i].hint;
    }
    return "check that the server runs and that host, port and service name it";
}

#define FUNCTION "fe_sendauth: " /* a name out of libpq's source, which it puts into one of its messages */

enum toil_status toil_sqlstate_connect_error(const char *message, bool needs_password, struct toil_error *err)
{
    char code[6] = "", found[6];
    const char *best = message;
    size_t best_len = strcspn(message, "\r\n"), head = 0, text = 0, h, t;
    for (const char *line = message; *line;) {
        size_t len = strcspn(line, "\r\n");
        if (find_code(line, len, found, &h, &t)) {
            memcpy(code, found, sizeof code);
            best = line, best_len = len, head = h, text = t;
        }
        line += len + (line[len] != '\0');
    }
    if (!*code && needs_password) {
        memcpy(code, "28P01", sizeof code);
        const char *internal = memmem(best, best_len, FUNCTION, strlen(FUNCTION));
        if (internal) {
            head = (size_t)(internal - best);
            text = head + strlen(FUNCTION);
        }
    }
    enum toil_status status = toil_sqlstate_status(code);
    toil_error_set(err, status, "database: %.*s%.*s", (int)head, best, (int)(best_len - text), best + text);
    if (err) {
        memcpy(err->sqlstate, code, sizeof code);
        const char *hint = *code ? toil_sqlstate_hint(code) : hint_by_words(best, best_len);
        toil_error_hint(err, "%s", hint ? hint : "");
    }
    return status;
}
