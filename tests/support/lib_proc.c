/* Children of a test: see lib_proc.h. */
#include "support/lib_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "toilmeter/buf.h"

enum { POLL_MS = 10 };

long long toil_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void toil_sleep_ms(int ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static int open_output(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* Between fork and exec: only calls that are safe there, but for putenv, which is so in a child of one thread. */
static _Noreturn void child_run(const struct toil_proc *proc, pid_t parent, const char *const *argv,
                                const char *const *env)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127);
    int in = open("/dev/null", O_RDONLY);
    int out = open_output(proc->out_path);
    int err = open_output(proc->err_path);
    if (in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(127);
    for (; env != NULL && *env != NULL; env++)
        putenv(toil_xstrdup(*env));
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

void toil_proc_start(struct toil_proc *proc, const char *dir, const char *name, const char *const *argv,
                     const char *const *env)
{
    *proc = (struct toil_proc){0};
    snprintf(proc->out_path, sizeof proc->out_path, "%s/%s.out", dir, name);
    snprintf(proc->err_path, sizeof proc->err_path, "%s/%s.err", dir, name);
    fflush(NULL);
    pid_t parent = getpid();
    proc->pid = fork();
    if (proc->pid < 0) {
        perror("fork");
        abort();
    }
    if (proc->pid == 0)
        child_run(proc, parent, argv, env);
}

static int note_end(struct toil_proc *proc, int status, const struct rusage *usage)
{
    proc->pid = 0;
    proc->user_s = (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec / 1e6;
    proc->system_s = (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec / 1e6;
    proc->peak_rss_kb = usage->ru_maxrss;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int toil_proc_wait(struct toil_proc *proc, int deadline_ms)
{
    long long end = toil_clock_ms() + deadline_ms;
    while (proc->pid != 0) {
        int status = 0;
        struct rusage usage;
        pid_t got = wait4(proc->pid, &status, WNOHANG, &usage);
        if (got == proc->pid)
            return note_end(proc, status, &usage);
        if (got < 0 && errno != EINTR)
            return -1;
        if (toil_clock_ms() >= end)
            return -1;
        toil_sleep_ms(POLL_MS);
    }
    return 0;
}

bool toil_proc_running(struct toil_proc *proc)
{
    siginfo_t info = {0};
    return proc->pid != 0 && waitid(P_PID, (id_t)proc->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

void toil_proc_signal(const struct toil_proc *proc, int signal_number)
{
    if (proc->pid > 0)
        kill(proc->pid, signal_number);
}

int toil_proc_stop(struct toil_proc *proc, int grace_ms)
{
    if (proc->pid == 0)
        return 0;
    toil_proc_signal(proc, SIGTERM);
    int status = toil_proc_wait(proc, grace_ms);
    if (proc->pid != 0)
        toil_proc_kill(proc);
    return status;
}

void toil_proc_kill(struct toil_proc *proc)
{
    if (proc->pid == 0)
        return;
    toil_proc_signal(proc, SIGKILL);
    (void)toil_proc_wait(proc, INT_MAX);
}

int toil_proc_run(const char *dir, const char *name, const char *const *argv, const char *const *env, int deadline_ms)
{
    struct toil_proc proc;
    toil_proc_start(&proc, dir, name, argv, env);
    int status = toil_proc_wait(&proc, deadline_ms);
    toil_proc_kill(&proc);
    return status;
}

char *toil_file_text(const char *path)
{
    struct toil_buf buf = TOIL_BUF_INIT;
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        char chunk[65536];
        size_t got;
        while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
            toil_buf_add(&buf, chunk, got);
        fclose(file);
    }
    return toil_buf_take(&buf);
}

char *toil_proc_out(const struct toil_proc *proc)
{
    return toil_file_text(proc->out_path);
}

char *toil_proc_err(const struct toil_proc *proc)
{
    return toil_file_text(proc->err_path);
}

bool toil_file_wait_for(const char *path, const char *text, int deadline_ms)
{
    long long end = toil_clock_ms() + deadline_ms;
    for (;;) {
        char *content = toil_file_text(path);
        bool found = strstr(content, text) != NULL;
        free(content);
        if (found || toil_clock_ms() >= end)
            return found;
        toil_sleep_ms(POLL_MS * 2);
    }
}

void toil_temp_dir(char *out, size_t out_bytes)
{
    const char *base = getenv("TMPDIR");
    snprintf(out, out_bytes, "%s/toilmeter-test.XXXXXX", base != NULL && base[0] != '\0' ? base : "/tmp");
    if (mkdtemp(out) == NULL || chmod(out, 0755) != 0) {
        perror(out);
        abort();
    }
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

void toil_temp_dir_remove(const char *dir)
{
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
