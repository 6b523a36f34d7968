/* toil-proxy: a TCP relay that fails on command. Prints the port that it listens on (127.0.0.1), relays to --target
 * HOST:PORT or --target /path/of/a/socket, and takes commands, one a line, from --control FIFO; each is answered on
 * stdout with "done COMMAND".
 *
 *   pause, resume      hold all bytes back, both ways; let them go on
 *   cut                close every connection now, with a reset, in the middle of whatever is under way
 *   refuse, accept     cut, and close new connections at once; take new ones again
 *   commit-before      at the next COMMIT of a client: cut before the server sees it; prints "fired commit-before"
 *   commit-after       at the next COMMIT: let it through, wait for the server's answer, cut without passing it on
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "toilmeter/buf.h"

enum { MAX_LINKS = 128, CHUNK = 65536, HIGH_WATER = 1 << 20 };

/* One client and its connection to the target; what was read from one side and not yet written to the other. */
struct link {
    int client, server;
    struct toil_buf to_server, to_client;
    bool server_ended;
};

enum trap { TRAP_NONE, TRAP_COMMIT_BEFORE, TRAP_COMMIT_AFTER, TRAP_ANSWER };

struct proxy {
    const char *target;
    int listener, control;
    struct link link[MAX_LINKS];
    size_t links;
    bool paused, refusing;
    enum trap trap;
    int trapped; /* client whose COMMIT went through, in TRAP_ANSWER */
    char line[256];
    size_t line_length;
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void say(const char *word, const char *what)
{
    printf("%s %s\n", word, what);
    fflush(stdout);
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int connect_tcp(const char *target)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64];
    unsigned port;
    if (sscanf(target, "%63[^:]:%u", host, &port) != 2 || port > 65535 ||
        inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return -1;
    address.sin_port = htons((uint16_t)port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static int listen_local(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    address.sin_port = htons((uint16_t)port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

/* A reset, not a polite end: what is under way is lost, as when a cable is pulled. */
static void reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static void link_close(struct proxy *proxy, size_t index)
{
    struct link *link = &proxy->link[index];
    reset(link->client);
    reset(link->server);
    toil_buf_release(&link->to_server);
    toil_buf_release(&link->to_client);
    *link = proxy->link[--proxy->links];
}

static void cut_all(struct proxy *proxy)
{
    while (proxy->links > 0)
        link_close(proxy, proxy->links - 1);
}

static void take_client(struct proxy *proxy)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    int server = -1, on = 1;
    if (!proxy->refusing && proxy->links < MAX_LINKS)
        server = proxy->target[0] == '/' ? connect_unix(proxy->target) : connect_tcp(proxy->target);
    if (server < 0) {
        reset(client);
        return;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    proxy->link[proxy->links++] = (struct link){.client = client, .server = server};
}

static void run_command(struct proxy *proxy, const char *command)
{
    if (strcmp(command, "pause") == 0 || strcmp(command, "resume") == 0)
        proxy->paused = command[0] == 'p';
    else if (strcmp(command, "refuse") == 0 || strcmp(command, "accept") == 0)
        proxy->refusing = command[0] == 'r';
    else if (strcmp(command, "commit-before") == 0)
        proxy->trap = TRAP_COMMIT_BEFORE;
    else if (strcmp(command, "commit-after") == 0)
        proxy->trap = TRAP_COMMIT_AFTER;
    else if (strcmp(command, "cut") != 0) {
        fprintf(stderr, "toil-proxy: not a command: %s\n", command);
        return;
    }
    if (strcmp(command, "cut") == 0 || strcmp(command, "refuse") == 0)
        cut_all(proxy);
    say("done", command);
}

static void take_commands(struct proxy *proxy)
{
    ssize_t got = read(proxy->control, proxy->line + proxy->line_length, sizeof proxy->line - 1 - proxy->line_length);
    if (got <= 0)
        return;
    proxy->line_length += (size_t)got;
    char *end;
    while (proxy->line[proxy->line_length] = '\0', (end = strchr(proxy->line, '\n')) != NULL) {
        *end = '\0';
        run_command(proxy, proxy->line);
        proxy->line_length -= (size_t)(end + 1 - proxy->line);
        memmove(proxy->line, end + 1, proxy->line_length);
    }
    if (proxy->line_length == sizeof proxy->line - 1)
        proxy->line_length = 0;
}

/* Reads once; false when the side has ended. */
static bool take_bytes(int fd, struct toil_buf *into)
{
    char chunk[CHUNK];
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got > 0)
        toil_buf_add(into, chunk, (size_t)got);
    return got > 0 || (got < 0 && errno == EINTR);
}

static bool give_bytes(int fd, struct toil_buf *from)
{
    ssize_t sent = send(fd, from->data, from->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    from->len -= (size_t)sent;
    memmove(from->data, from->data + sent, from->len + 1);
    return true;
}

static bool holds_commit(const struct toil_buf *bytes)
{
    return bytes->len > 0 && (memmem(bytes->data, bytes->len, "COMMIT", 6) != NULL ||
                              memmem(bytes->data, bytes->len, "commit", 6) != NULL);
}

/* What a client has just sent meets the trap. True: the link is to be cut. */
static bool spring(struct proxy *proxy, const struct link *link)
{
    if (!holds_commit(&link->to_server))
        return false;
    if (proxy->trap == TRAP_COMMIT_BEFORE) {
        proxy->trap = TRAP_NONE;
        say("fired", "commit-before");
        return true;
    }
    if (proxy->trap == TRAP_COMMIT_AFTER) {
        proxy->trap = TRAP_ANSWER;
        proxy->trapped = link->client;
    }
    return false;
}

/* One turn of a link; false when it is to be closed. */
static bool serve_link(struct proxy *proxy, struct link *link, short client_events, short server_events)
{
    if (client_events & (POLLIN | POLLHUP | POLLERR)) {
        if (!take_bytes(link->client, &link->to_server))
            return false;
        if (spring(proxy, link))
            return false;
    }
    if (server_events & (POLLIN | POLLHUP | POLLERR)) {
        link->server_ended = !take_bytes(link->server, &link->to_client);
        if (proxy->trap == TRAP_ANSWER && proxy->trapped == link->client) {
            proxy->trap = TRAP_NONE;
            say("fired", "commit-after");
            return false;
        }
    }
    if (link->to_server.len > 0 && !give_bytes(link->server, &link->to_server))
        return false;
    if (link->to_client.len > 0 && !give_bytes(link->client, &link->to_client))
        return false;
    return !(link->server_ended && link->to_client.len == 0);
}

static short interest(const struct toil_buf *incoming, const struct toil_buf *outgoing, bool ended)
{
    return (short)((incoming->len < HIGH_WATER && !ended ? POLLIN : 0) | (outgoing->len > 0 ? POLLOUT : 0));
}

static void turn(struct proxy *proxy)
{
    struct pollfd wait[2 + 2 * MAX_LINKS];
    wait[0] = (struct pollfd){.fd = proxy->control, .events = POLLIN};
    wait[1] = (struct pollfd){.fd = proxy->listener, .events = POLLIN};
    size_t links = proxy->paused ? 0 : proxy->links;
    for (size_t i = 0; i < links; i++) {
        const struct link *link = &proxy->link[i];
        wait[2 + 2 * i] =
            (struct pollfd){.fd = link->client, .events = interest(&link->to_server, &link->to_client, false)};
        wait[3 + 2 * i] = (struct pollfd){.fd = link->server_ended ? -1 : link->server,
                                          .events = interest(&link->to_client, &link->to_server, link->server_ended)};
    }
    if (poll(wait, 2 + 2 * links, 200) <= 0)
        return;
    /* Backwards: closing one moves the last into its place. */
    for (size_t i = links; i-- > 0;) {
        if (!serve_link(proxy, &proxy->link[i], wait[2 + 2 * i].revents, wait[3 + 2 * i].revents))
            link_close(proxy, i);
    }
    if (wait[1].revents & POLLIN && !proxy->paused)
        take_client(proxy);
    if (wait[0].revents & POLLIN)
        take_commands(proxy);
}

static bool parse(int argc, char **argv, struct proxy *proxy, const char **control, int *port)
{
    static const struct option options[] = {
        {"control", required_argument, NULL, 'c'},
        {"target", required_argument, NULL, 't'},
        {"port", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            *control = optarg;
        else if (option == 't')
            proxy->target = optarg;
        else if (option == 'p')
            *port = (int)strtol(optarg, NULL, 10);
        else
            return false;
    }
    return optind == argc && *control != NULL && proxy->target != NULL && *port >= 0 && *port < 65536;
}

int main(int argc, char **argv)
{
    struct proxy *proxy = toil_xcalloc(1, sizeof *proxy);
    const char *control = NULL;
    int port = 0;
    if (!parse(argc, argv, proxy, &control, &port)) {
        fprintf(stderr, "usage: toil-proxy --control FIFO --target HOST:PORT|/SOCKET [--port N]\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    proxy->control = open(control, O_RDWR | O_CLOEXEC);
    proxy->listener = listen_local(port);
    if (proxy->control < 0 || proxy->listener < 0) {
        fprintf(stderr, "toil-proxy: cannot start: %s\n", strerror(errno));
        return 3;
    }
    while (!stop_asked)
        turn(proxy);
    cut_all(proxy);
    close(proxy->listener);
    close(proxy->control);
    free(proxy);
    return 0;
}
