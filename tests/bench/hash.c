/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the content tracker's pass hashes memory, beside how fast the
 * machine reads it: on one and two threads, in turn, so that what else the
 * machine does meets all of them. Memory is in pages of 4 KiB, as a guest's
 * is when it is mapped. Once by the clock, once by the threads' own time,
 * which leaves out what others take of the CPUs. A table, and whether the aim
 * is met: hashing at 0.8 of the read rate on one thread, and 1.7 times as
 * fast on two.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "helper/clock.h"
#include "helper/hash.h"

#define SIZE (512ul << 20)
#define PAGE 4096
#define ROUNDS 11
/* Over all of it, in one measurement: threads take a while to start. */
#define PASSES 8
#define AIM_OF_READ 0.8
#define AIM_OF_TWO 1.7

static uint8_t *memory;
static struct xlgpu_hash_secret secret;
static uint64_t sink;

typedef void work_fn(const uint8_t *at, size_t size);

struct part {
    work_fn *work;
    const uint8_t *at;
    size_t size;
    uint64_t own_ns; /* what it took of a CPU */
};

/* Bytes a second. */
struct rate {
    double clock[ROUNDS], own[ROUNDS];
};

/* As fast as loads go: eight sums, in the widest registers. */
__attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
static void read_all(const uint8_t *at, size_t size)
{
    const uint64_t *word = (const void *)at;
    uint64_t sum[64] = { 0 };
    size_t i, j;

    for (i = 0; i < size / 8; i += 64)
        for (j = 0; j < 64; j++)
            sum[j] += word[i + j];
    for (j = 0; j < 64; j++)
        __atomic_fetch_xor(&sink, sum[j], __ATOMIC_RELAXED);
}

static void hash_all(const uint8_t *at, size_t size)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < size; i += PAGE)
        sum ^= xlgpu_hash_page(&secret, at + i).low;
    __atomic_fetch_xor(&sink, sum, __ATOMIC_RELAXED);
}

static void *thread_main(void *opaque)
{
    struct part *part = opaque;
    struct timespec t;
    int i;

    for (i = 0; i < PASSES; i++)
        part->work(part->at, part->size);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    part->own_ns = t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
    return NULL;
}

/* Each on a CPU of its own: the kernel may leave threads as short as these
 * on one. */
static void start(pthread_t *thread, struct part *part, unsigned int number)
{
    cpu_set_t all, one;
    unsigned int cpu, left = number;

    CPU_ZERO(&one);
    if (!sched_getaffinity(0, sizeof(all), &all))
        for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &all) && !left--) CPU_SET(cpu, &one);
    pthread_create(thread, NULL, thread_main, part);
    if (CPU_COUNT(&one)) pthread_setaffinity_np(*thread, sizeof(one), &one);
}

static void measure(struct rate *rate, size_t round, work_fn *work,
                    unsigned int threads)
{
    size_t size = SIZE / threads;
    struct part part[2];
    pthread_t thread[2];
    uint64_t t = xlgpu_clock_us();
    unsigned int i;

    for (i = 0; i < threads; i++) {
        part[i] = (struct part){ work, memory + i * size, size, 0 };
        start(&thread[i], &part[i], i);
    }
    for (i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    rate->clock[round] = PASSES * SIZE * 1e6 / xlgpu_clock_since(&t);
    rate->own[round] = 0;
    for (i = 0; i < threads; i++)
        rate->own[round] += PASSES * size * 1e9 / part[i].own_ns;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* "median (smallest–largest)"; sorts them. */
static double print(double *value, double unit)
{
    double m;

    qsort(value, ROUNDS, sizeof(*value), compare);
    m = value[ROUNDS / 2] / unit;
    printf(" %.2f (%.2f–%.2f) |", m, value[0] / unit,
           value[ROUNDS - 1] / unit);
    return m;
}

/* Round by round: what disturbs a round meets both. */
static void print_ratio(const char *what, const struct rate *a,
                        const struct rate *b, double aim)
{
    double clock[ROUNDS], own[ROUNDS], by_clock, by_own;
    size_t i;

    for (i = 0; i < ROUNDS; i++) {
        clock[i] = a->clock[i] / b->clock[i];
        own[i] = a->own[i] / b->own[i];
    }
    printf("| %s |", what);
    by_clock = print(clock, 1);
    by_own = print(own, 1);
    if (aim)
        printf(" %.1f: %s, %s |\n", aim, by_clock < aim ? "missed" : "met",
               by_own < aim ? "missed" : "met");
    else
        printf(" |\n");
}

static void print_rate(const char *what, struct rate *rate)
{
    printf("| %s, GB/s |", what);
    print(rate->clock, 1e9);
    print(rate->own, 1e9);
    printf(" |\n");
}

static int fill(void)
{
    size_t i;

    memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || xlgpu_hash_secret_make(&secret)) return -1;
    madvise(memory, SIZE, MADV_NOHUGEPAGE);
    for (i = 0; i < SIZE; i += 8)
        *(uint64_t *)(memory + i) = i * UINT64_C(0x9e3779b97f4a7c15);
    return 0;
}

int main(void)
{
    static struct rate read_1, hash_1, read_2, hash_2;
    size_t i;

    if (fill()) {
        perror("hash");
        return 1;
    }
    for (i = 0; i < ROUNDS; i++) {
        measure(&read_1, i, read_all, 1);
        measure(&hash_1, i, hash_all, 1);
        measure(&read_2, i, read_all, 2);
        measure(&hash_2, i, hash_all, 2);
    }

    printf("| Medians of %d, smallest and largest | by the clock | by the "
           "threads' own time | aim |\n|---|---|---|---|\n", ROUNDS);
    print_ratio("Hash to read, one thread", &hash_1, &read_1, AIM_OF_READ);
    print_ratio("Hash, two threads to one", &hash_2, &hash_1, AIM_OF_TWO);
    print_ratio("Read, two threads to one", &read_2, &read_1, 0);
    print_ratio("Hash to read, two threads", &hash_2, &read_2, 0);
    print_rate("Read, one thread", &read_1);
    print_rate("Hash, one thread", &hash_1);
    print_rate("Read, two threads", &read_2);
    print_rate("Hash, two threads", &hash_2);
    return 0;
}
