/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the content tracker's pass hashes memory, beside how fast the
 * machine reads it: on one and two threads, in turn, so that what else the
 * machine does meets all of them. Memory is in pages of 4 KiB, as a guest's
 * is when it is mapped. One JSON object, of medians; bytes a second.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "helper/clock.h"
#include "helper/hash.h"

#define SIZE (512ul << 20)
#define PAGE 4096
#define ROUNDS 11
#define KINDS 4 /* read, hash; on one thread, on two */

static uint8_t *memory;
static struct xlgpu_hash_secret secret;
static uint64_t sink;

typedef void work_fn(const uint8_t *at, size_t size);

struct part {
    work_fn *work;
    const uint8_t *at;
    size_t size;
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

    part->work(part->at, part->size);
    return NULL;
}

/* Bytes a second. */
static double measure(work_fn *work, unsigned int threads)
{
    size_t size = SIZE / threads;
    struct part part[2];
    pthread_t thread[2];
    uint64_t t = xlgpu_clock_us();
    unsigned int i;

    for (i = 0; i < threads; i++) {
        part[i] = (struct part){ work, memory + i * size, size };
        pthread_create(&thread[i], NULL, thread_main, &part[i]);
    }
    for (i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    return SIZE * 1e6 / xlgpu_clock_since(&t);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *value)
{
    qsort(value, ROUNDS, sizeof(*value), compare);
    return value[ROUNDS / 2];
}

int main(void)
{
    double rate[KINDS][ROUNDS], m[KINDS];
    size_t i;

    memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || xlgpu_hash_secret_make(&secret)) return 1;
    madvise(memory, SIZE, MADV_NOHUGEPAGE);
    for (i = 0; i < SIZE; i += 8)
        *(uint64_t *)(memory + i) = i * UINT64_C(0x9e3779b97f4a7c15);

    for (i = 0; i < ROUNDS; i++) {
        rate[0][i] = measure(read_all, 1);
        rate[1][i] = measure(hash_all, 1);
        rate[2][i] = measure(read_all, 2);
        rate[3][i] = measure(hash_all, 2);
    }
    for (i = 0; i < KINDS; i++)
        m[i] = median(rate[i]);

    printf("{\"bench\":\"hash\",\"read_1\":%.0f,\"hash_1\":%.0f,"
           "\"read_2\":%.0f,\"hash_2\":%.0f,\"hash_1_of_read_1\":%.2f,"
           "\"hash_2_of_hash_1\":%.2f}\n", m[0], m[1], m[2], m[3],
           m[1] / m[0], m[3] / m[1]);
    return 0;
}
