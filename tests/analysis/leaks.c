/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the leak sanitizer leaves out: others' leaks, each with its reason. */

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    /* Of a text with an error in its syntax xlu_cfg_readfile() does not free
     * the values that it had made: xlu__cfg_string_mk(), in Xen 4.17. */
    return "leak:xlu__cfg_\n";
}

/* That they were used is no report. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
