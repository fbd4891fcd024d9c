/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages whose whole content follows from a number. */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096
#define PAGE_WORDS (PAGE / sizeof(uint64_t))

typedef uint64_t page_t[PAGE_WORDS];

/* No number but 0 gives a page of zeros. */
static inline uint64_t page_word(uint64_t number, size_t word)
{
    return number ? (number * PAGE_WORDS + word) * 0x9e3779b97f4a7c15ULL : 0;
}

static inline void page_fill(page_t page, uint64_t number)
{
    for (size_t i = 0; i < PAGE_WORDS; i++)
        ((volatile uint64_t *)page)[i] = page_word(number, i);
}

static inline bool page_is(const page_t page, uint64_t number)
{
    for (size_t i = 0; i < PAGE_WORDS; i++)
        if (((const volatile uint64_t *)page)[i] != page_word(number, i))
            return false;
    return true;
}

/* Pages of zeros that stay where they are, or NULL. */
page_t *page_alloc(size_t n);

/* Its guest frame number. */
uint64_t page_gfn(const page_t page);

#endif
