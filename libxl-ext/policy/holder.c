/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "holder.h"

#include <string.h>

static enum xlgpu_holder_verdict judge_reserved(
    const struct xlgpu_holder_facts *f)
{
    /* While its owner lives, libxl may still be about to attach it. */
    if (f->domain && (f->device || (!f->hot_plugged && !f->owner)))
        return XLGPU_HOLDER_CONFIRM;
    if (f->promised || f->locked || (f->owner && !f->expired))
        return XLGPU_HOLDER_KEEP;
    return XLGPU_HOLDER_RELEASE;
}

static enum xlgpu_holder_verdict judge_held(const struct xlgpu_holder_facts *f)
{
    /* Confirming forgets a domain that was missed and is back. */
    if (f->domain && f->absent >= 0) return XLGPU_HOLDER_CONFIRM;
    if (f->domain || f->locked) return XLGPU_HOLDER_KEEP;
    if (f->promised) return XLGPU_HOLDER_RESERVE;
    if (!f->hot_plugged) return XLGPU_HOLDER_RELEASE;
    if (f->absent < 0) return XLGPU_HOLDER_MISSED;
    return f->absent < XLGPU_REBOOT_GRACE_S ? XLGPU_HOLDER_KEEP
                                            : XLGPU_HOLDER_RELEASE;
}

static enum xlgpu_holder_verdict judge_resetting(
    const struct xlgpu_holder_facts *f)
{
    if (f->owner || (f->locked && !f->domain)) return XLGPU_HOLDER_KEEP;
    /* A detach that was cut off before the guest let go. */
    if (f->domain && f->device) return XLGPU_HOLDER_CONFIRM;
    return XLGPU_HOLDER_RELEASE;
}

enum xlgpu_holder_verdict xlgpu_holder_judge(const struct xlgpu_holder_facts *f)
{
    if (f->journal) return XLGPU_HOLDER_KEEP;
    switch (f->state) {
    case XLGPU_RESERVED:
        return judge_reserved(f);
    case XLGPU_HELD:
        return judge_held(f);
    case XLGPU_RESETTING:
        return judge_resetting(f);
    case XLGPU_FREE:
    case XLGPU_QUARANTINED:
        break;
    }
    return XLGPU_HOLDER_KEEP;
}

static const char *const state_name[] = {
    [XLGPU_FREE] = "free",
    [XLGPU_RESERVED] = "reserved",
    [XLGPU_HELD] = "held",
    [XLGPU_RESETTING] = "resetting",
    [XLGPU_QUARANTINED] = "quarantined",
};

const char *xlgpu_partition_state_string(enum xlgpu_partition_state state)
{
    return state_name[state];
}

bool xlgpu_partition_state_parse(const char *s,
                                 enum xlgpu_partition_state *state_r)
{
    unsigned int i;

    for (i = 0; i < sizeof(state_name) / sizeof(state_name[0]); i++) {
        if (strcmp(s, state_name[i])) continue;
        *state_r = i;
        return true;
    }
    return false;
}

static const char letters[] = {
    [XLGPU_FREE] = 'f',
    [XLGPU_RESERVED] = 'r',
    [XLGPU_HELD] = 'h',
    [XLGPU_RESETTING] = 'z',
    [XLGPU_QUARANTINED] = 'q',
};

char xlgpu_partition_state_letter(enum xlgpu_partition_state state)
{
    return letters[state];
}

bool xlgpu_partition_state_of_letter(char letter,
                                     enum xlgpu_partition_state *state_r)
{
    unsigned int i;

    for (i = 0; i < sizeof(letters); i++) {
        if (letters[i] != letter) continue;
        *state_r = i;
        return true;
    }
    return false;
}
