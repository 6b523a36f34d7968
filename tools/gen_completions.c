/* Writes completions for shells, made from the programs' own tables, on standard output:
 *
 *     gen_completions bash|zsh toilmeter|toilmeterd
 *
 * Values are completed by what their option says: one of its words, a file (FILE), a folder (DIR), else nothing. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "analyzers/commands/command.h"
#include "collector/arguments.h"

static const struct toil_command commands[] = {
#define TOIL_COMMAND(id, name, arguments, doc) {name, arguments, doc, NULL, toil_cmd_##id##_options},
#include "analyzers/commands/commands.def"
#undef TOIL_COMMAND
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char *const reports[] = {
#define TOIL_REPORT(name, subject, question) #name,
#include "analyzers/reports/reports.def"
#undef TOIL_REPORT
    NULL};

/* ---- what follows a command, out of "check FILE | apply FILE | show" or "FILE...|-" ---- */

/* Calls `word` with each first word of an alternative that is typed as it stands. */
static void each_word(const struct toil_command *command, void (*word)(const char *text, size_t len))
{
    if (strcmp(command->name, "report") == 0) {
        for (const char *const *name = reports; *name; name++)
            word(*name, strlen(*name));
        return;
    }
    const char *text = command->arguments;
    while (*text) {
        text += strspn(text, " [|");
        size_t len = strcspn(text, " ]|");
        if (islower((unsigned char)*text))
            word(text, len);
        text += strcspn(text, "|");
    }
}

static void print_word(const char *text, size_t len)
{
    printf(" %.*s", (int)len, text);
}

static bool has_file(const struct toil_command *command)
{
    return strstr(command->arguments, "FILE") != NULL;
}

static bool has_words(const struct toil_command *command)
{
    return islower((unsigned char)command->arguments[strspn(command->arguments, " [")]) ||
           strcmp(command->name, "report") == 0;
}

/* ---- bash ---- */

static void print_bash_options(const char *command, const struct toil_option *options)
{
    printf("    %s) options='", command);
    for (const struct toil_option *option = options; option->name; option++)
        printf("%s--%s", option == options ? "" : " ", option->name);
    puts("' ;;");
}

static void print_bash_values(const char *command, const struct toil_option *options)
{
    for (; options->name; options++) {
        if (options->type == TOIL_OPTION_FLAG)
            continue;
        printf("    %s--%s) value='", command, options->name);
        if (options->words) {
            for (const char *const *word = options->words; *word; word++)
                printf("%s%s", word == options->words ? "" : " ", *word);
        } else {
            fputs(strcmp(options->value, "FILE") == 0  ? "(file)"
                  : strcmp(options->value, "DIR") == 0 ? "(dir)"
                                                       : "(text)",
                  stdout);
        }
        puts("' ;;");
    }
}

static void print_bash_arguments(const struct toil_command *command)
{
    if (has_words(command)) {
        printf("    %s:1) value='", command->name);
        each_word(command, print_word);
        puts("' ;;");
    }
    if (has_file(command))
        printf("    %s:*) value='(file)' ;;\n", command->name);
}

/* `@` stands for the program's name. */
static const char bash_engine[] =
    "_@_complete() {\n"
    "    case $value in\n"
    "    '(file)') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
    "    '(dir)') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;\n"
    "    '(text)') COMPREPLY=() ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$value\" -- \"$word\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_@() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} command='' position=1 option='' options='' value='' i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -*)\n"
    "            _@_value \"$command\" \"${COMP_WORDS[i]}\"\n"
    "            if [[ $value ]]; then\n"
    "                option=${COMP_WORDS[i]}\n"
    "                i=$((i + 1))\n"
    "                if [[ ${COMP_WORDS[i]} == '=' ]]; then\n"
    "                    if ((i == COMP_CWORD)); then word=''; else i=$((i + 1)); fi\n"
    "                fi\n"
    "                if ((i < COMP_CWORD)); then option='' value=''; fi\n"
    "            fi\n"
    "            ;;\n"
    "        '=') ;;\n"
    "        *)\n"
    "            if [[ -z $command && ${_@_commands} ]]; then\n"
    "                command=${COMP_WORDS[i]}\n"
    "            else\n"
    "                position=$((position + 1))\n"
    "            fi\n"
    "            ;;\n"
    "        esac\n"
    "    done\n"
    "    if [[ $option ]]; then\n"
    "        _@_complete\n"
    "    elif [[ $word == -* ]]; then\n"
    "        _@_options \"$command\"\n"
    "        value=$options\n"
    "        _@_complete\n"
    "    elif [[ -z $command ]]; then\n"
    "        value=${_@_commands:-(text)}\n"
    "        _@_complete\n"
    "    else\n"
    "        _@_arguments \"$command\" \"$position\"\n"
    "        _@_complete\n"
    "    fi\n"
    "}\n"
    "complete -F _@ @\n";

static void print_for(const char *text, const char *program)
{
    for (; *text; text++) {
        if (*text == '@')
            fputs(program, stdout);
        else
            putchar(*text);
    }
}

static void print_bash(const char *program, const struct toil_option *options, size_t command_count)
{
    printf("# Completion of %s for bash, made by tools/gen_completions.c.\n"
           "# shellcheck shell=bash disable=SC2034 # functions share the variables of _%s\n\n_%s_commands='",
           program, program, program);
    for (size_t i = 0; i < command_count; i++)
        printf("%s%s", i ? " " : "", commands[i].name);
    printf("'\n\n_%s_options() {\n    case $1 in\n", program);
    for (size_t i = 0; i < command_count; i++)
        print_bash_options(commands[i].name, commands[i].options);
    puts("    esac");
    fputs("    options+=' ", stdout);
    for (const struct toil_option *option = options; option->name; option++)
        printf("%s--%s", option == options ? "" : " ", option->name);
    puts("'\n}\n");
    printf("# What option $2 of command $1 takes; empty: nothing.\n_%s_value() {\n    value=''\n    case $1$2 in\n",
           program);
    for (size_t i = 0; i < command_count; i++)
        print_bash_values(commands[i].name, commands[i].options);
    print_bash_values("*", options);
    printf("    esac\n}\n\n_%s_arguments() {\n    value='(text)'\n    case $1:$2 in\n", program);
    for (size_t i = 0; i < command_count; i++)
        print_bash_arguments(&commands[i]);
    puts("    *) ;;\n    esac\n}\n");
    print_for(bash_engine, program);
}

/* ---- zsh ---- */

/* Inside single quotes, and inside brackets. */
static void print_quoted(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void print_zsh_options(const char *indent, const struct toil_option *options)
{
    for (; options->name; options++) {
        printf("%s'%s--%s%s[", indent, options->type == TOIL_OPTION_LIST ? "*" : "", options->name,
               options->type == TOIL_OPTION_FLAG ? "" : "=");
        print_quoted(options->doc);
        putchar(']');
        if (options->type != TOIL_OPTION_FLAG) {
            printf(":%s:", options->value);
            if (options->words) {
                putchar('(');
                for (const char *const *word = options->words; *word; word++)
                    printf("%s%s", word == options->words ? "" : " ", *word);
                putchar(')');
            } else {
                fputs(strcmp(options->value, "FILE") == 0  ? "_files"
                      : strcmp(options->value, "DIR") == 0 ? "_files -/"
                                                           : " ",
                      stdout);
            }
        }
        puts("' \\");
    }
}

static void print_zsh_command(const struct toil_command *command, const struct toil_option *global)
{
    printf("        %s)\n            _arguments \\\n", command->name);
    print_zsh_options("                ", command->options);
    print_zsh_options("                ", global);
    if (has_words(command)) {
        fputs("                '1:argument:(", stdout);
        each_word(command, print_word);
        puts(")' \\");
    }
    printf("                '*:argument:%s'\n            ;;\n", has_file(command) ? "_files" : " ");
}

static void print_zsh(const char *program, const struct toil_option *options, size_t command_count)
{
    printf("#compdef %s\n# Completion of %s for zsh, made by tools/gen_completions.c.\n\n_%s() {\n", program, program,
           program);
    if (command_count == 0) {
        puts("    _arguments \\");
        print_zsh_options("        ", options);
        puts("        '*: : '\n}");
    } else {
        puts("    local context state state_descr line\n    local -a commands\n    typeset -A opt_args\n"
             "    _arguments -C \\");
        print_zsh_options("        ", options);
        puts("        '1: :->command' \\\n        '*:: :->arguments'\n    case $state in\n    command)\n"
             "        commands=(");
        for (size_t i = 0; i < command_count; i++) {
            printf("            '%s:", commands[i].name);
            print_quoted(commands[i].doc);
            puts("'");
        }
        puts("        )\n        _describe command commands\n        ;;\n    arguments)\n        case $words[1] in");
        for (size_t i = 0; i < command_count; i++)
            print_zsh_command(&commands[i], options);
        puts("        esac\n        ;;\n    esac\n}");
    }
    printf("\n_%s \"$@\"\n", program);
}

int main(int argc, char **argv)
{
    const bool is_daemon = argc == 3 && strcmp(argv[2], "toilmeterd") == 0;
    if (argc == 3 && (is_daemon || strcmp(argv[2], "toilmeter") == 0)) {
        const struct toil_option *options = is_daemon ? toilmeterd_options : toil_global_options;
        const size_t count = is_daemon ? 0 : COMMANDS;
        if (strcmp(argv[1], "bash") == 0)
            print_bash(argv[2], options, count);
        else if (strcmp(argv[1], "zsh") == 0)
            print_zsh(argv[2], options, count);
        else
            return 2;
        return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
    }
    fputs("usage: gen_completions bash|zsh toilmeter|toilmeterd\n", stderr);
    return 2;
}
