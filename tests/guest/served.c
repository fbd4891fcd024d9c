/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "served.h"

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WORDS_MAX 4096
#define ARGS_MAX 64

/* An abstract socket: it needs no file, and is gone with the program. */
static socklen_t address_of(const struct served *s, struct sockaddr_un *a)
{
    memset(a, 0, sizeof(*a));
    a->sun_family = AF_UNIX;
    snprintf(a->sun_path + 1, sizeof(a->sun_path) - 1, "%s", s->name);
    return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(s->name);
}

/* A question is the words with a NUL after each; an answer is one character,
 * 0 or 1 for the exit status, and text. */
static void answer_one(const struct served *s, int c)
{
    char words[WORDS_MAX], *argv[ARGS_MAX], *text = NULL, *word;
    ssize_t n = recv(c, words, sizeof(words) - 1, 0);
    size_t size = 0;
    bool ok = false;
    int argc = 0;
    FILE *out;

    if (n <= 0)
        return;
    words[n] = 0;
    for (word = words; word < words + n && argc < ARGS_MAX - 1;
         word += strlen(word) + 1)
        argv[argc++] = word;
    argv[argc] = NULL;

    out = open_memstream(&text, &size);
    if (!out)
        return;
    if (!strcmp(argv[0], "stop"))
        exit(0);
    ok = s->answer(argc, argv, out);
    fclose(out);
    if (write(c, ok ? "0" : "1", 1) == 1)
        for (char *p = text; size; p += n, size -= n) {
            n = write(c, p, size);
            if (n <= 0)
                break;
        }
    free(text);
}

static void serve(const struct served *s, int l)
{
    for (;;) {
        struct pollfd p = { .fd = l, .events = POLLIN };
        int c;

        if (poll(&p, 1, s->idle ? s->idle() : -1) <= 0)
            continue;
        c = accept(l, NULL, NULL);
        if (c < 0)
            continue;
        answer_one(s, c);
        close(c);
    }
}

static int start(const struct served *s, int argc, char **argv)
{
    struct sockaddr_un a;
    socklen_t len = address_of(s, &a);
    int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ready[2];
    char c;

    if (l < 0 || bind(l, (struct sockaddr *)&a, len) || listen(l, 8) ||
        pipe(ready)) {
        perror(s->name);
        return 1;
    }
    if (fork()) {
        /* Answers only what is ready: memory filled, a number understood. */
        close(ready[1]);
        return read(ready[0], &c, 1) == 1 ? 0 : 1;
    }
    close(ready[0]);
    setsid();
    if (!s->start(argc, argv)) {
        fprintf(stderr, "%s", s->usage);
        exit(1);
    }
    if (!freopen("/dev/null", "w", stdout) ||
        !freopen("/dev/null", "w", stderr) || write(ready[1], "", 1) != 1)
        exit(1);
    close(ready[1]);
    serve(s, l);
    return 0;
}

static int ask(const struct served *s, int argc, char **argv)
{
    struct sockaddr_un a;
    socklen_t len = address_of(s, &a);
    int c = socket(AF_UNIX, SOCK_STREAM, 0), i;
    char words[WORDS_MAX], text[4096], status = '1';
    size_t used = 0;
    ssize_t n;

    for (i = 0; i < argc && used + strlen(argv[i]) + 1 < sizeof(words); i++)
        used += sprintf(words + used, "%s", argv[i]) + 1;
    if (c < 0 || connect(c, (struct sockaddr *)&a, len) ||
        send(c, words, used, 0) != (ssize_t)used) {
        perror(s->name);
        return 1;
    }
    if (read(c, &status, 1) != 1)
        return strcmp(argv[0], "stop") ? 1 : 0;
    while ((n = read(c, text, sizeof(text))) > 0)
        fwrite(text, 1, n, stdout);
    return status - '0';
}

int served_main(const struct served *s, int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "%s", s->usage);
        return 2;
    }
    if (!strcmp(argv[1], "start"))
        return start(s, argc - 2, argv + 2);
    return ask(s, argc - 1, argv + 1);
}
