/* Somebody else's messages to events: a mapping says where each canonical field comes from (docs/mapping.md). It is
 * compiled once from YAML; per message it only runs. A topic without a mapping holds canonical events; a reader takes
 * both. Pure but for the pseudonym cache: no I/O, no clock.
 *
 * Messages and mappings are hostile: what a message may cost is bounded in memory (eight times the size limit of a
 * message, TOIL_EACH_MAX elements) and in the steps of a regular expression. */
#ifndef TOILMETER_MAPPING_H
#define TOILMETER_MAPPING_H

#include "toilmeter/decode.h"
#include "toilmeter/yaml.h"

/* One message fans out into no more elements than this. */
#define TOIL_EACH_MAX 10000
/* Depth of nesting that a mapped topic's messages may have, whatever the options say: documents of rich text nest
 * deeper than events. */
#define TOIL_MAPPED_DEPTH 256
/* What one message may need of memory, times the size limit of a message. */
#define TOIL_MAPPED_MEMORY 8

struct toil_mapping; /* opaque; one thread at a time: it keeps what it knows of time zones */

/* A preset is a mapping that ships with the programs. */
struct toil_preset {
    const char *name;
    const char *text; /* the YAML file */
};
extern const struct toil_preset toil_presets[]; /* by name */
extern const size_t toil_preset_count;

/* settings: a map of values for the mapping's `settings`, or NULL; borrowed for the call. An error names file, line,
 * column, key and what was expected. *out: owned. */
enum toil_status toil_mapping_load(const char *path, const toil_yaml_node *settings, struct toil_mapping **out,
                                   struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_mapping_load_preset(const char *name, const toil_yaml_node *settings, struct toil_mapping **out,
                                          struct toil_error *err) TOIL_MUST_CHECK;
/* name: stands for the file in messages. */
enum toil_status toil_mapping_load_text(const char *name, struct toil_span text, const toil_yaml_node *settings,
                                        struct toil_mapping **out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_mapping_free(struct toil_mapping *mapping);
/* Hex SHA-256 of the mapping as it was written, without its settings, comments and layout: two that differ read
 * differently. Borrowed. */
const char *toil_mapping_digest(const struct toil_mapping *mapping);

/* Finds a header by name; false when the message has none. A value of NULL is a header without one. */
typedef bool (*toil_header_fn)(const void *context, const char *name, struct toil_span *value);

/* A message as it came. All borrowed. */
struct toil_message {
    struct toil_span value; /* ptr NULL: none, a tombstone */
    struct toil_span key;   /* ptr NULL: none */
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us;  /* INT64_MIN: none */
    toil_header_fn header; /* NULL: no headers */
    const void *header_context;
};

/* What became of a message. All borrowed from reader and message until the reader's next call. */
struct toil_reading {
    const struct toil_event *event; /* [count] */
    size_t count;
    const char *skipped; /* why there is none, when count is 0: the rule that says so, or what did not match */
    size_t passed_over;  /* elements that made no event */
    /* [count], or NULL unless traced: the source of each field as the mapping writes it; NULL for a field that is
     * absent or follows from others. Of a canonical message NULL always. */
    const char *const (*from)[TOIL_N_FIELDS];
};

struct toil_reader; /* opaque: scratch memory; one per thread */

/* people: borrowed, must outlive the reader. trace: fill `from`. */
struct toil_reader *toil_reader_new(struct toil_people *people, bool trace);
void toil_reader_free(struct toil_reader *reader);

/* Makes events of one message: all that it carries, or none. mapping: NULL for canonical events. Returns why it is
 * unusable, with a line in `detail` as toil_decode writes it, or TOIL_REASON_NONE and *out, where a count of 0 means
 * that it is skipped on purpose. options->kind must be TOIL_KIND_NONE with a mapping: its rules name the kinds. */
enum toil_reason toil_reader_take(struct toil_reader *reader, struct toil_mapping *mapping,
                                  const struct toil_decode_options *options, const struct toil_message *message,
                                  int64_t now_us, struct toil_reading *out, char *detail, size_t detail_bytes);

#endif
