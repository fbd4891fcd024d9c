/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * simfs CONFIG MOUNTPOINT: mounts simulated hardware and stays. What it
 * takes is described in tests/sim/README.md.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 12)
#include "simfs.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include <fuse.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

int64_t sim_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sim_changed(void)
{
    pthread_cond_broadcast(&changed);
}

void sim_wait_ms(unsigned int ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

    if (!ms) {
        pthread_cond_wait(&changed, &lock);
        return;
    }
    pthread_mutex_unlock(&lock);
    nanosleep(&t, NULL);
    pthread_mutex_lock(&lock);
}

/* An open file. */
struct handle {
    struct node node;
    unsigned int generation;
    char path[SIM_PATH];
};

static struct handle *handle_of(const struct fuse_file_info *fi)
{
    return (struct handle *)(uintptr_t)fi->fh;
}

/* What sysfs says of a file whose device has gone. */
static bool is_gone(const struct handle *h)
{
    return h->node.gpu && (h->generation != sim_generation ||
                           !fn_present(h->node.gpu, h->node.fn));
}

static bool find(const char *path, struct node *node)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = resolve(path, node);
    pthread_mutex_unlock(&lock);
    return found;
}

static int do_getattr(const char *path, struct stat *st,
                      struct fuse_file_info *fi)
{
    struct node node;

    memset(st, 0, sizeof(*st));
    if (fi && fi->fh)
        node = handle_of(fi)->node;
    else if (!find(path, &node))
        return -ENOENT;

    st->st_nlink = node.dir ? 2 : 1;
    if (node.dir)
        st->st_mode = S_IFDIR | 0755;
    else if (node.attr)
        st->st_mode = S_IFREG | node.attr->mode;
    else
        st->st_mode = S_IFLNK | 0777;
    st->st_size = node.attr ? 4096 : strlen(node.target);
    return 0;
}

static int do_readlink(const char *path, char *buf, size_t size)
{
    struct node node;

    if (!find(path, &node)) return -ENOENT;
    if (node.dir || node.attr) return -EINVAL;
    snprintf(buf, size, "%s", node.target);
    return 0;
}

struct filling {
    void *buf;
    fuse_fill_dir_t fill;
};

static void fill_one(void *arg, const char *name)
{
    const struct filling *f = arg;

    f->fill(f->buf, name, NULL, 0, 0);
}

static int open_node(const char *path, const struct node *node,
                     struct fuse_file_info *fi)
{
    struct handle *h = calloc(1, sizeof(*h));

    if (!h) return -ENOMEM;
    h->node = *node;
    snprintf(h->path, sizeof(h->path), "%s", path);
    h->node.path = h->path;
    h->generation = sim_generation;
    fi->fh = (uintptr_t)h;
    fi->direct_io = 1;
    return 0;
}

static int do_opendir(const char *path, struct fuse_file_info *fi)
{
    struct node node;

    if (!find(path, &node)) return -ENOENT;
    return node.dir ? open_node(path, &node, fi) : -ENOTDIR;
}

static int do_readdir(const char *path, void *buf, fuse_fill_dir_t fill,
                      off_t offset, struct fuse_file_info *fi,
                      enum fuse_readdir_flags flags)
{
    const struct handle *h = handle_of(fi);
    struct filling f = { buf, fill };

    (void)path, (void)offset, (void)flags;
    fill_one(&f, ".");
    fill_one(&f, "..");
    pthread_mutex_lock(&lock);
    if (!is_gone(h)) list(&h->node, fill_one, &f);
    pthread_mutex_unlock(&lock);
    return 0;
}

static int do_open(const char *path, struct fuse_file_info *fi)
{
    int mode = fi->flags & O_ACCMODE;
    struct node node;

    if (!find(path, &node)) return -ENOENT;
    if (node.dir) return -EISDIR;
    /* For root too. */
    if (mode != O_RDONLY && !(node.attr->mode & 0222)) return -EACCES;
    if (mode != O_WRONLY && !(node.attr->mode & 0444)) return -EACCES;
    return open_node(path, &node, fi);
}

static int do_release(const char *path, struct fuse_file_info *fi)
{
    (void)path;
    free(handle_of(fi));
    return 0;
}

static int show(struct handle *h, char **text_r, size_t *size_r)
{
    FILE *out;
    int r;

    out = open_memstream(text_r, size_r);
    if (!out) return ENOMEM;
    pthread_mutex_lock(&lock);
    r = fault(h->path, true);
    if (!r) r = is_gone(h) ? ENODEV : h->node.attr->show(&h->node, out);
    pthread_mutex_unlock(&lock);
    fclose(out);
    return r;
}

static int do_read(const char *path, char *buf, size_t size, off_t offset,
                   struct fuse_file_info *fi)
{
    struct handle *h = handle_of(fi);
    size_t length = 0;
    char *text = NULL;
    int r;

    (void)path;
    if (!h->node.attr->show) return -EIO;
    r = show(h, &text, &length);
    if (!r) {
        length = (size_t)offset < length ? length - offset : 0;
        if (length < size) size = length;
        memcpy(buf, text + offset, size);
    }
    free(text);
    return r ? -r : (int)size;
}

static int store(struct handle *h, const char *text)
{
    const struct node *n = &h->node;
    bool of_sim = !strncmp(h->path, "/sim/", 5);
    size_t entry = of_sim ? 0 : log_begin(h->path, text);
    int r = 0;

    if (!n->attr->own_fault && !of_sim) r = fault(h->path, false);
    if (!r) r = is_gone(h) ? ENODEV : n->attr->store(n, text);
    if (!of_sim) log_end(entry, r);
    sim_changed();
    return r;
}

/* In the log it is OFFSET=BYTES, in hexadecimal. */
static int store_config(struct handle *h, const char *buf, size_t size,
                        off_t offset)
{
    char text[64];
    size_t entry, i;
    int n, r;

    n = snprintf(text, sizeof(text), "%lx=", (long)offset);
    for (i = 0; i < size && n < (int)sizeof(text) - 3; i++)
        n += snprintf(text + n, 3, "%02x", (unsigned char)buf[i]);
    entry = log_begin(h->path, text);
    r = fault(h->path, false);
    if (!r)
        r = is_gone(h) ? ENODEV : config_write(&h->node, buf, size, offset);
    log_end(entry, r);
    return r;
}

static int do_write(const char *path, const char *buf, size_t size,
                    off_t offset, struct fuse_file_info *fi)
{
    struct handle *h = handle_of(fi);
    char *text;
    int r;

    (void)path;
    text = strndup(buf, size);
    if (!text) return -ENOMEM;
    text[strcspn(text, "\n")] = '\0';

    pthread_mutex_lock(&lock);
    if (h->node.attr == &config_attr)
        r = store_config(h, buf, size, offset);
    else
        r = store(h, text);
    pthread_mutex_unlock(&lock);
    free(text);
    return r ? -r : (int)size;
}

/* As ">" of the shell does before it writes. */
static int do_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
    (void)path, (void)size, (void)fi;
    return 0;
}

static int do_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
    (void)path, (void)mode, (void)fi;
    return -EACCES;
}

static void *do_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
    (void)conn;
    /* Names come and go; what a name is never changes. */
    cfg->entry_timeout = cfg->negative_timeout = 0;
    cfg->attr_timeout = 3600;
    cfg->direct_io = 1;
    /* Nothing of libfuse's is locked while a request hangs. */
    cfg->nullpath_ok = 1;
    return NULL;
}

static const struct fuse_operations operations = {
    .init = do_init,
    .getattr = do_getattr,
    .readlink = do_readlink,
    .opendir = do_opendir,
    .readdir = do_readdir,
    .open = do_open,
    .release = do_release,
    .releasedir = do_release,
    .read = do_read,
    .write = do_write,
    .truncate = do_truncate,
    .create = do_create,
};

/* ---- The process ---- */

static const char *mountpoint;

/* At once: what hangs ends with an error, and is not waited for. */
static void on_signal(int sig)
{
    (void)sig;
    umount2(mountpoint, MNT_DETACH);
    _exit(0);
}

static int serve(struct fuse *fuse)
{
    struct fuse_loop_config *loop = fuse_loop_cfg_create();

    if (!loop || fuse_mount(fuse, mountpoint)) return 1;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    /* Each request that hangs keeps a thread. */
    fuse_loop_cfg_set_max_threads(loop, 512);
    fuse_loop_cfg_set_idle_threads(loop, 8);
    fuse_loop_mt(fuse, loop);
    return 0;
}

int main(int argc, char **argv)
{
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    struct fuse *fuse;

    if (argc != 3) {
        fprintf(stderr, "usage: simfs CONFIG MOUNTPOINT\n");
        return 2;
    }
    mountpoint = argv[2];
    if (config_load(argv[1])) return 1;
    if (fuse_opt_add_arg(&args, argv[0]) ||
        fuse_opt_add_arg(&args, "-ofsname=simfs"))
        return 1;
    fuse = fuse_new(&args, &operations, sizeof(operations), NULL);
    _exit(fuse ? serve(fuse) : 1);
}
