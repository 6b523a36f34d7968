/* A main for machines without libFuzzer: FUZZ_NAME ROUNDS SEED FILE... runs the files, then ROUNDS changed copies of
 * them.
 */
#ifndef TOILMETER_FUZZ_STANDALONE_H
#define TOILMETER_FUZZ_STANDALONE_H
#ifdef TOIL_FUZZ_STANDALONE

#define MAX_BYTES 4096

struct seed {
    uint8_t data[MAX_BYTES];
    size_t size;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Changes, cuts, doubles and inserts at random; words are what the decoder looks for. */
static void change(struct seed *seed, uint64_t *state)
{
    static const char *const words[] = {
        "\"",         "\\",    "{",      "}",  "[",  "]",       ":",    ",",        "\\u0000",   "null",
        "\\ud83d",    "1e999", "true",   "-0", "01", "\"id\":", "\xff", "\xe2\x82", "\"kind\":", "9007199254740993",
        "\"tags\":[", "1.5e",  "\\u00e9"};
    size_t at = seed->size ? next_random(state) % seed->size : 0, rest = seed->size - at;
    const char *word = words[next_random(state) % (sizeof words / sizeof words[0])];
    size_t len = strlen(word);
    switch (next_random(state) % 4) {
    case 0:
        if (seed->size)
            seed->data[at] = (uint8_t)next_random(state);
        break;
    case 1:
        seed->size = at;
        break;
    case 2:
        if (seed->size + len > MAX_BYTES)
            break;
        memmove(seed->data + at + len, seed->data + at, rest);
        memcpy(seed->data + at, word, len);
        seed->size += len;
        break;
    default:
        if (len > rest)
            len = rest;
        memmove(seed->data + at, seed->data + at + len, rest - len);
        seed->size -= len;
    }
}

/* In memory of its own size, so that a sanitizer sees a byte read too much. */
static void run(const struct seed *seed)
{
    uint8_t *exact = toil_xmalloc(seed->size);
    memcpy(exact, seed->data, seed->size);
    LLVMFuzzerTestOneInput(exact, seed->size);
    free(exact);
}

static bool read_seed(const char *path, struct seed *seed)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    seed->size = fread(seed->data, 1, MAX_BYTES, file);
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: " FUZZ_NAME " ROUNDS SEED FILE...\n", stderr);
        return TOIL_EXIT_USAGE;
    }
    long rounds = strtol(argv[1], NULL, 10);
    uint64_t state = strtoull(argv[2], NULL, 10) * 2 + 1;
    unsigned count = (unsigned)argc - 3;
    struct seed *seeds = toil_xcalloc(count, sizeof *seeds);
    for (unsigned i = 0; i < count; i++) {
        if (!read_seed(argv[3 + i], &seeds[i])) {
            perror(argv[3 + i]);
            return TOIL_EXIT_USAGE;
        }
        run(&seeds[i]);
    }
    for (long round = 0; round < rounds; round++) {
        struct seed copy = seeds[next_random(&state) % count];
        for (uint64_t changes = 1 + next_random(&state) % 4; changes > 0; changes--)
            change(&copy, &state);
        if (next_random(&state) % 8 == 0 && copy.size)
            copy.data[0] = (uint8_t)next_random(&state);
        run(&copy);
    }
    printf(FUZZ_NAME ": %ld rounds on %u samples, nothing broken\n", rounds, count);
    free(seeds);
    return TOIL_EXIT_DONE;
}

#endif
#endif
