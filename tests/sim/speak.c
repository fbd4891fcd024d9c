/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * speak COMMAND… <SCRIPT: says what the script says to a receiver of
 * migrations, prints the frames that it answers ("TYPE PAYLOAD"), and ends
 * with its status; 124 when it had to be killed. ALIVE is printed only where
 * HEAR_ALIVE is in the environment. A line of the script:
 *
 *   say TYPE [TEXT]     a frame with that text; TYPE by name or number
 *   send TYPE FILE      a frame with what is in the file
 *   pack FILE           DATA: a block of what is in the file, with zstd
 *   head TYPE LENGTH    the head of a frame alone
 *   raw FILE            what is in the file
 *   hear TYPE           waits for such a frame, or the end
 *   alive               ALIVE until the receiver ends
 *   hold                nothing more until the receiver ends
 *
 * The end of the script closes the connection.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zstd.h>

#define FILE_MAX (64u << 20)
#define ALIVE_MS 200
#define PATIENCE_S 60

static const char *const names[] = {
    "alive", "hello", "moving", "offer", "reserve", "reserved", "receiving",
    "data", "ready", "go", "started", "close", "abort", "aborted", "query",
    "state", "refused", "inventory", "layout",
};
#define N_NAMES (sizeof(names) / sizeof(*names))

static int to = -1, from = -1;
static pid_t receiver;

static void too_late(int sig)
{
    (void)sig;
    kill(receiver, SIGKILL);
    _exit(124);
}

/* ---- Saying ---- */

/* To one that listens no more it is said in vain. */
static void say_bytes(const void *data, size_t len)
{
    const char *p = data;
    ssize_t n;

    for (; len; p += n, len -= n) {
        n = write(to, p, len);
        if (n < 0) return;
    }
}

static uint32_t type_of(const char *name)
{
    uint32_t i;

    for (i = 0; i < N_NAMES; i++)
        if (!strcmp(names[i], name)) return i;
    return strtoul(name, NULL, 0);
}

static void say_head(const char *type, uint32_t len)
{
    uint32_t head[2] = { htobe32(type_of(type) << 24), htobe32(len) };

    say_bytes(head, sizeof(head));
}

static void say(const char *type, const void *payload, size_t len)
{
    say_head(type, len);
    say_bytes(payload, len);
}

static char *read_file(const char *path, size_t *len_r)
{
    char *data = malloc(FILE_MAX);
    FILE *f = fopen(path, "re");

    if (!f || !data) {
        perror(path);
        exit(125);
    }
    *len_r = fread(data, 1, FILE_MAX, f);
    fclose(f);
    return data;
}

static void say_block(const void *data, size_t len)
{
    size_t bound = ZSTD_compressBound(len);
    char *block = malloc(1 + bound);

    *block = 'z';
    say("data", block, 1 + ZSTD_compress(block + 1, bound, data, len, 1));
    free(block);
}

static void say_file(const char *verb, const char *type, const char *path)
{
    size_t len;
    char *data = read_file(path, &len);

    if (!strcmp(verb, "send")) say(type, data, len);
    if (!strcmp(verb, "pack")) say_block(data, len);
    if (!strcmp(verb, "raw")) say_bytes(data, len);
    free(data);
}

/* ---- Hearing ---- */

static int hear_bytes(void *data, size_t len)
{
    char *p = data;
    ssize_t n;

    for (; len; p += n, len -= n) {
        n = read(from, p, len);
        if (n <= 0) return -1;
    }
    return 0;
}

/* The next frame, printed; its type, or -1 at the end. */
static int hear(void)
{
    uint32_t head[2], type, len;
    char *payload;

    if (hear_bytes(head, sizeof(head))) return -1;
    type = be32toh(head[0]) >> 24;
    len = be32toh(head[1]);
    payload = calloc(1, len + 1);
    if (!payload || hear_bytes(payload, len)) return -1;
    if (type || getenv("HEAR_ALIVE"))
        printf("%s %s\n", type < N_NAMES ? names[type] : "?",
               payload);
    fflush(stdout);
    free(payload);
    return type;
}

static void hear_until(const char *type)
{
    int wanted = type ? (int)type_of(type) : -1, heard;

    do {
        heard = hear();
    } while (heard >= 0 && heard != wanted);
}

static void keep_alive(void)
{
    struct pollfd pfd = { .fd = from, .events = POLLIN };

    for (;;) {
        if (!poll(&pfd, 1, ALIVE_MS))
            say("alive", NULL, 0);
        else if (hear() < 0)
            return;
    }
}

static void follow(char *line)
{
    char *verb = strsep(&line, " "), *type = line;

    if (!strcmp(verb, "pack") || !strcmp(verb, "raw"))
        say_file(verb, NULL, line);
    else if (!strcmp(verb, "alive"))
        keep_alive();
    else if (!strcmp(verb, "hold"))
        hear_until(NULL);
    else if (!strcmp(verb, "hear"))
        hear_until(line);
    else if (strsep(&line, " "), !strcmp(verb, "say"))
        say(type, line ? line : "", line ? strlen(line) : 0);
    else if (!strcmp(verb, "head"))
        say_head(type, strtoul(line, NULL, 0));
    else if (!strcmp(verb, "send"))
        say_file(verb, type, line);
    else {
        fprintf(stderr, "speak: %s: no such verb\n", verb);
        exit(125);
    }
}

static void start(char **argv)
{
    int in[2], out[2];

    if (pipe2(in, 0) || pipe2(out, 0)) exit(125);
    receiver = fork();
    if (!receiver) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to = in[1];
    from = out[0];
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0;
    int status;

    if (argc < 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, too_late);
    start(argv + 1);
    alarm(PATIENCE_S);
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (*line) follow(line);
    }
    free(line);
    close(to);
    hear_until(NULL);
    waitpid(receiver, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
