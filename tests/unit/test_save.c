/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole save: a fake guest, libxl and gpu-migrate; the stream is read as
 * the target would. */
#define _GNU_SOURCE
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fake_vm.h"
#include "helper/save.h"
#include "helper/stop.h"

#define N_DEVICES 2
#define BDF "0000:01:10.0" /* the partition */
#define OTHER "0000:05:00.0"
#define PLAN(mode, tracker)                                              \
    "{\"mode\":\"" mode "\",\"tracker\":\"" tracker "\",\"devices\":[\"" \
    BDF "\",\"" OTHER "\"],\"threads\":2,\"max_rounds\":3,"              \
    "\"max_seconds\":60,\"pause_target_ms\":0,\"quiet_seconds\":0}"

static struct fake_vm f;
static char dir[] = "/tmp/xlgpu-save-XXXXXX";
static char config_path[N_DEVICES][PATH_MAX];

/* What the others do, and what was seen of it. */
static struct {
    bool brings_nothing; /* no memory comes just before the suspend */
    bool lies;           /* libxl says "done", the guest runs on */
    bool does_not;       /* libxl says that the guest does not suspend */
    bool no_qemu_log;    /* libxl can't have QEMU's */
    bool leaves_at_suspending, leaves_at_go; /* gpu-migrate ends instead of
                                              * saying go */
    bool asked;          /* libxl to suspend the guest */
    bool asked_before;   /* and was, at "suspending" */
    char events[16384];
    int master_at_quiet; /* devices that are masters, at "quiet" */
    int master_at_last;  /* and at "quieted" */
    uint32_t completed;
    unsigned int qemu_log;
} world;

/* How many devices can write to the guest's memory. */
static int master(void)
{
    uint8_t command = 0;
    int fd, i, n = 0;

    for (i = 0; i < N_DEVICES; i++) {
        fd = open(config_path[i], O_RDONLY);
        assert_int_equal(pread(fd, &command, 1, 4), 1);
        close(fd);
        n += command >> 2 & 1;
    }
    return n;
}

static void *libxl_main(void *opaque)
{
    int fd = *(int *)opaque, value;
    uint8_t body[65536];
    uint16_t size, number;

    while (read(fd, &size, 2) == 2 && recv(fd, body, size, MSG_WAITALL)) {
        memcpy(&number, body, 2);
        value = number == 3 ? !world.does_not : -world.no_qemu_log;
        if (number == 3) {
            world.asked = true;
            fake_write(&f, 2, "written late");
            if (!world.brings_nothing) {
                f.type[2600] = 0; /* and memory came */
                f.n = f.n > 2601 ? f.n : 2601;
                fake_write(&f, 2600, "new");
            }
            f.suspended = !world.lies && !world.does_not;
        }
        if (number == 7) world.qemu_log += 1 + 10 * !body[6];
        if (number == 10) memcpy(&world.completed, body + 2, 4);
        if (number == 3 || number == 7 || number == 10)
            assert_int_equal(write(fd, &value, 4), 4);
    }
    return NULL;
}

static void *migrate_main(void *opaque)
{
    int fd = *(int *)opaque;
    size_t have = 0;
    char *line;

    line = world.events;
    while (read(fd, world.events + have, 1) == 1) {
        if (world.events[have++] != '\n') continue;
        world.events[have] = '\0';
        if (strstr(line, "\"suspending\"")) {
            world.asked_before = world.asked;
            if (world.leaves_at_suspending) break;
            assert_int_equal(write(fd, "{\"go\":true}\n", 12), 12);
        }
        if (strstr(line, "\"quieted\"")) world.master_at_last = master();
        if (strstr(line, "\"quiet\"")) {
            world.master_at_quiet = master();
            if (world.leaves_at_go) break;
            fake_write(&f, 4, "by a device, just before it is quiet");
            assert_int_equal(write(fd, "{\"go\":true}\n", 12), 12);
        }
        line = world.events + have;
    }
    close(fd);
    return NULL;
}

static void make_device(int i, const char *bdf)
{
    uint8_t config[256] = { 0 };
    char path[PATH_MAX];
    int fd;

    config[4] = 0x06;   /* memory and bus mastering on */
    config[6] = 0x10;   /* has capabilities: */
    config[0x34] = 0x40;
    config[0x40] = 0x05;
    config[0x41] = 0x60;
    config[0x60] = 0x10; /* PCI Express */
    snprintf(path, sizeof(path), "mkdir -p %s/bus/pci/devices/%s", dir, bdf);
    assert_int_equal(system(path), 0);
    snprintf(config_path[i], sizeof(config_path[i]),
             "%s/bus/pci/devices/%s/config", dir, bdf);
    fd = open(config_path[i], O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, config, sizeof(config)), sizeof(config));
    close(fd);
}

/* In the configuration space of the last device. */
static void set_byte(unsigned int at, char value)
{
    int fd = open(config_path[N_DEVICES - 1], O_RDWR);

    assert_int_equal(pwrite(fd, &value, 1, at), 1);
    close(fd);
}

static void begin(void)
{
    memset(&world, 0, sizeof(world));
    world.master_at_quiet = world.master_at_last = -1;
    fake_make(&f);
    make_device(0, BDF);
    make_device(1, OTHER);
}

/* The stream that came of it. */
static int stream_fd;

static int save(const char *json)
{
    struct xlgpu_plan plan;
    int libxl[2], migrate[2], rc;
    struct xlgpu_caller caller;
    struct xlgpu_move move;
    struct xlgpu_save s = { .vm = &f.vm, .caller = &caller, .move = &move,
                            .plan = &plan };
    pthread_t threads[2];
    const char *why;

    assert_int_equal(xlgpu_plan_parse(json, &plan, &why), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, libxl), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, migrate), 0);
    stream_fd = memfd_create("stream", 0);
    s.stream.fd = dup(stream_fd);
    caller = (struct xlgpu_caller){ libxl[0], libxl[0] };
    move = (struct xlgpu_move){ migrate[0] };
    assert_int_equal(xlgpu_stop_init(s.stream.fd), 0);
    pthread_create(&threads[0], NULL, libxl_main, &libxl[1]);
    pthread_create(&threads[1], NULL, migrate_main, &migrate[1]);

    rc = xlgpu_save_run(&s);
    assert_int_equal(xlgpu_caller_complete(&caller, rc), 0);

    close(s.stream.fd);
    close(libxl[0]);
    close(migrate[0]);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    close(libxl[1]);
    assert_int_equal(f.mapped, 0);
    return rc;
}

static void end(void)
{
    close(stream_fd);
    fake_dispose(&f);
}

/* The guest as the target has it. */
static uint8_t target[FAKE_MAX][XLGPU_PAGE];
static unsigned int records[0x20];

static void take_pages(const uint8_t *body)
{
    const uint64_t *entry = (const void *)(body + 8);
    uint32_t i, count = *(const uint32_t *)body;
    const uint8_t *page = body + 8 + 8 * (size_t)count;

    for (i = 0; i < count; i++) {
        if (entry[i] >> 32 == HOLE) continue;
        assert_int_equal(entry[i] >> 32, 0);
        memcpy(target[entry[i] & 0xffffff], page, XLGPU_PAGE);
        page += XLGPU_PAGE;
    }
}

static void restore(void)
{
    static const uint8_t header[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'X', 'E', 'N', 'F',
        0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 0, 0, 0, 12, 0, 0, 0, 4, 0, 0, 0, 17, 0, 0, 0,
    };
    struct stat st;
    uint8_t *s, *at;

    memset(records, 0, sizeof(records));
    memset(target, 0xee, sizeof(target));
    fstat(stream_fd, &st);
    s = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, stream_fd, 0);
    assert_memory_equal(s, header, sizeof(header));
    for (at = s + sizeof(header); at < s + st.st_size;) {
        uint32_t type = *(uint32_t *)at, size = *(uint32_t *)(at + 4);

        assert_in_range(type, 0, 0x1f);
        records[type]++;
        if (type == XLGPU_REC_PAGE_DATA) take_pages(at + 8);
        at += 8 + (size + 7) / 8 * 8;
        assert_int_equal(type == XLGPU_REC_END, at == s + st.st_size);
    }
    assert_int_equal(records[XLGPU_REC_STATIC_DATA_END], 1);
    assert_int_equal(records[XLGPU_REC_HVM_CONTEXT], 1);
    assert_int_equal(records[XLGPU_REC_END], 1);
    munmap(s, st.st_size);
}

static void assert_same_guest(void)
{
    unsigned int i;

    restore();
    for (i = 0; i < FAKE_MAX; i++)
        if (f.type[i] != HOLE)
            assert_memory_equal(target[i], fake_page(&f, i), XLGPU_PAGE);
}

static bool told(const char *what)
{
    return strstr(world.events, what) != NULL;
}

static void live_sends_what_changed_up_to_the_suspend(void **state)
{
    (void)state;
    begin();
    f.busy = true;
    assert_int_equal(save(PLAN("live", "content")), 0);
    assert_same_guest();
    assert_true(told("\"tracker\":\"content\""));
    assert_true(told("\"event\":\"done\""));
    assert_true(told("\"last_looked_at\":21"));
    assert_int_equal(world.completed, 0);
    assert_int_equal(world.qemu_log, 0);
    end();
}

/* Two extents had pages, the third had none and gets one: in the last pass
 * the one with a BAR of 4 GiB behind it is walked, and not without it. */
static void holes_are_asked_about_only_while_pages_are_missing(void **state)
{
    unsigned int asked;

    (void)state;
    begin();
    f.n = 1u << 20;
    world.brings_nothing = true;
    assert_int_equal(save(PLAN("live", "content")), 0);
    asked = f.asked;
    end();

    begin();
    f.n = 1u << 20;
    assert_int_equal(save(PLAN("live", "content")), 0);
    assert_same_guest();
    assert_int_equal(f.asked - asked, (1u << 20) - 2048);
    end();
}

static void freeze_sends_all_once_when_it_is_suspended(void **state)
{
    (void)state;
    begin();
    assert_int_equal(save(PLAN("freeze", "content")), 0);
    assert_same_guest();
    assert_false(told("\"tracker\""));
    assert_true(told("\"sent\":21"));
    end();
}

static void the_iommu_tracker_also_has_qemu_log(void **state)
{
    (void)state;
    begin();
    f.busy = true;
    assert_int_equal(save(PLAN("live", "iommu")), 0);
    assert_same_guest();
    assert_true(told("\"tracker\":\"iommu\""));
    assert_int_equal(world.qemu_log, 12); /* on, then off */
    assert_int_equal(f.last_log_reads, 1);
    assert_false(f.log_on);
    end();
}

static void without_a_log_it_falls_back_to_content(void **state)
{
    (void)state;
    begin();
    f.has_no_log = true;
    assert_int_equal(save(PLAN("live", "iommu")), 0);
    assert_same_guest();
    assert_true(told("\"tracker\":\"content\""));
    assert_int_equal(world.qemu_log, 0);
    end();
}

static void without_qemu_log_too(void **state)
{
    (void)state;
    begin();
    world.no_qemu_log = true;
    assert_int_equal(save(PLAN("live", "iommu")), 0);
    assert_same_guest();
    assert_true(told("\"tracker\":\"content\""));
    assert_false(f.log_on);
    end();
}

static void bus_mastering_goes_off_after_it_was_written_down(void **state)
{
    (void)state;
    begin();
    assert_int_equal(save(PLAN("live", "content")), 0);
    assert_true(told("{\"bdf\":\"" BDF "\",\"command\":6}"));
    assert_true(told("{\"bdf\":\"" OTHER "\",\"command\":6}"));
    assert_int_equal(world.master_at_quiet, N_DEVICES);
    assert_int_equal(world.master_at_last, 0);
    assert_int_equal(master(), 0);
    end();
}

static void a_guest_is_asked_to_suspend_after_it_was_written_down(void **state)
{
    (void)state;
    begin();
    assert_int_equal(save(PLAN("live", "content")), 0);
    assert_true(told("\"suspending\""));
    assert_false(world.asked_before);
    end();
    begin();
    world.leaves_at_suspending = true;
    assert_int_not_equal(save(PLAN("live", "content")), 0);
    assert_false(world.asked);
    end();
}

static void a_guest_that_still_runs_is_not_saved(void **state)
{
    (void)state;
    begin();
    world.lies = true;
    assert_int_not_equal(save(PLAN("live", "content")), 0);
    assert_int_not_equal(world.completed, 0);
    assert_true(told("\"event\":\"error\""));
    assert_false(told("\"suspended\"}"));
    assert_int_equal(master(), N_DEVICES);
    end();
}

static void a_guest_that_does_not_suspend_is_not_saved(void **state)
{
    (void)state;
    begin();
    world.does_not = true;
    assert_int_not_equal(save(PLAN("live", "iommu")), 0);
    assert_true(told("the guest does not suspend"));
    assert_int_equal(world.master_at_quiet, -1);
    assert_false(f.log_on);
    end();
}

static void transactions_that_stay_pending_end_it(void **state)
{
    (void)state;
    begin();
    set_byte(0x6a, 0x20);
    assert_int_equal(save(PLAN("live", "content")), ETIMEDOUT);
    assert_int_equal(world.completed, UINT32_MAX);
    assert_false(told("\"quieted\""));
    assert_int_equal(master(), N_DEVICES);
    end();
}

static void a_device_that_does_not_answer_ends_it_untouched(void **state)
{
    (void)state;
    begin();
    set_byte(4, -1);
    set_byte(5, -1);
    assert_int_equal(save(PLAN("live", "content")), ENODEV);
    assert_int_equal(world.master_at_quiet, -1);
    assert_int_equal(master(), N_DEVICES);
    end();
}

static void bus_mastering_is_back_when_it_fails_afterwards(void **state)
{
    (void)state;
    begin();
    f.after_rc = EIO;
    assert_int_equal(save(PLAN("live", "iommu")), EIO);
    assert_int_equal(world.master_at_last, 0);
    assert_int_equal(master(), N_DEVICES);
    assert_false(told("\"done\""));
    assert_false(f.log_on);
    end();
}

static void nothing_is_touched_when_gpu_migrate_goes(void **state)
{
    (void)state;
    begin();
    world.leaves_at_go = true;
    assert_int_not_equal(save(PLAN("live", "content")), 0);
    assert_int_equal(world.master_at_quiet, N_DEVICES);
    assert_int_equal(master(), N_DEVICES);
    end();
}

static const struct {
    const char *what, *json, *why;
} plans[] = {
    { "no object", "[]", "not a JSON object" },
    { "no JSON", "{", "not a JSON object" },
    { "another mode", PLAN("quick", "content"), "mode" },
    { "another tracker", PLAN("live", "pml"), "tracker" },
    { "no devices", "{\"mode\":\"live\",\"tracker\":\"iommu\"}", "devices" },
    { "no device", "{\"mode\":\"live\",\"tracker\":\"iommu\","
      "\"devices\":[\"one\"]}", "devices" },
    { "no number", "{\"mode\":\"live\",\"tracker\":\"iommu\","
      "\"devices\":[],\"threads\":-1}", "threads" },
};

static void a_plan_that_is_wrong_is_said_to_be(void **state)
{
    struct xlgpu_plan plan;
    const char *why;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        int rc = xlgpu_plan_parse(plans[i].json, &plan, &why);

        if (rc != EINVAL || strcmp(why, plans[i].why))
            fail_msg("%s: %d %s", plans[i].what, rc, why ? why : "");
    }
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return !mkdtemp(dir) || setenv("XLGPU_SYSFS", dir, 1);
}

static int tear_down(void **state)
{
    char command[PATH_MAX];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_7(live_sends_what_changed_up_to_the_suspend,
               holes_are_asked_about_only_while_pages_are_missing,
               freeze_sends_all_once_when_it_is_suspended,
               the_iommu_tracker_also_has_qemu_log,
               without_a_log_it_falls_back_to_content,
               without_qemu_log_too,
               bus_mastering_goes_off_after_it_was_written_down),
        UNIT_1(a_guest_is_asked_to_suspend_after_it_was_written_down),
        UNIT_7(a_guest_that_still_runs_is_not_saved,
               a_guest_that_does_not_suspend_is_not_saved,
               transactions_that_stay_pending_end_it,
               a_device_that_does_not_answer_ends_it_untouched,
               bus_mastering_is_back_when_it_fails_afterwards,
               nothing_is_touched_when_gpu_migrate_goes,
               a_plan_that_is_wrong_is_said_to_be),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
