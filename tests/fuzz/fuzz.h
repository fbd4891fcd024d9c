/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every fuzz target has. A target is LLVMFuzzerTestOneInput() with the
 * properties that hold for every input; what breaks one, aborts. It is run
 * by libFuzzer (tests/fuzz/run), and by main.c on the inputs that are kept.
 */
#ifndef XLGPU_FUZZ_H
#define XLGPU_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(property)                                          \
    do {                                                              \
        if (!(property)) fuzz_broken(#property, __FILE__, __LINE__);  \
    } while (0)

void fuzz_broken(const char *property, const char *file, int line)
    __attribute__((noreturn));

/* The input up to its first NUL; the caller frees it. Nothing is behind its
 * end, so that the sanitizer sees who reads on. */
char *fuzz_text(const uint8_t *data, size_t size);

/* It has a NUL within its size: all strings in structs do. */
bool fuzz_terminated(const char *s, size_t size);
#define FUZZ_CHECK_STRING(array) \
    FUZZ_CHECK(fuzz_terminated(array, sizeof(array)))

/* A why: a reason of one word at least. Frees it. Whether there was one. */
bool fuzz_refused(char *why);

/* The process's own directory, below TMPDIR, which whoever runs the target
 * removes; and a file in it with that text. */
const char *fuzz_dir(void);
void fuzz_file(const char *name, const char *text);

/* Has the variable name the directory, or the file in it; once: setenv()
 * frees nothing, and libFuzzer looks for leaks where memory is not freed. */
void fuzz_env(const char *variable, const char *file);

#endif
