/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "status.h"
#include "xenstore/disk.h"

static int write_stdout(const char *text, size_t len)
{
    if (fwrite(text, 1, len, stdout) == len && !fflush(stdout))
        return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, "standard output", NULL, "%s",
                      strerror(errno));
}

int xlgpu_report_write(const char *file, const char *text, size_t len)
{
    struct stat st, link;
    char *target = NULL;
    mode_t mask;
    int rc;

    if (!strcmp(file, "-")) return write_stdout(text, len);

    /* A link stays one; a device must not be replaced by a file. */
    target = realpath(file, NULL);
    if (target ? stat(target, &st) || !S_ISREG(st.st_mode)
               : !lstat(file, &link))
        rc = xlgpu_fail(XLGPU_USAGE, file,
                        "name one, or - for the standard output",
                        "it is no plain file");
    else
        rc = xlgpu_disk_replace(target ? target : file, text, len);
    if (!rc) {
        mask = umask(0);
        umask(mask);
        chmod(target ? target : file,
              target ? st.st_mode & 0777 : 0666 & ~mask);
    }
    free(target);
    return rc;
}
