/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one moment at which a guest changes its host. */
#include <string.h>
#include <unistd.h>

#include "migrate/migration.h"
#include "status.h"
#include "step.h"

/* How often, and how long apart, a target is asked after the connection was
 * lost. */
#define ASK_TIMES 5
#define ASK_AFTER_S 3
#define RECOVER "xl gpu-recover, as soon as that host answers"

static enum xlgpu_outcome outcome_of(enum xlgpu_peer_word word)
{
    switch (word) {
    case XLGPU_PEER_RUNS:
        return XLGPU_OUTCOME_STARTED;
    case XLGPU_PEER_ABORTED:
        return XLGPU_OUTCOME_ABORTED;
    default:
        return XLGPU_OUTCOME_UNKNOWN;
    }
}

/* Its answer is durable there, so that it is the same whenever it is asked. */
static enum xlgpu_outcome ask_again(struct xlgpu_migration *m)
{
    enum xlgpu_outcome outcome = XLGPU_OUTCOME_UNKNOWN;
    int n;

    for (n = 0; n < ASK_TIMES && outcome == XLGPU_OUTCOME_UNKNOWN; n++) {
        sleep(ASK_AFTER_S);
        outcome = outcome_of(xlgpu_peer_ask(&m->conf, m->host,
                                            m->journal.uuid, m->journal.id));
    }
    return outcome;
}

static int wait_for_answer(struct xlgpu_migration *m)
{
    struct xlgpu_frame frame = { .type = XLGPU_FRAME_ALIVE };
    int rc;

    rc = xlgpu_channel_expect(&m->peer.ch, XLGPU_FRAME_STARTED, &frame);
    if (!rc) {
        m->outcome = XLGPU_OUTCOME_STARTED;
        m->started = xlgpu_pause_hear_started(&frame);
        return rc;
    }
    /* It refuses only after ABORTED is on its disk. */
    if (frame.type == XLGPU_FRAME_REFUSED)
        m->outcome = XLGPU_OUTCOME_ABORTED;
    return rc;
}

int xlgpu_commit(struct xlgpu_migration *m)
{
    int rc;

    m->journal.state = XLGPU_JOURNAL_GO_SENT;
    rc = xlgpu_journal_write(&m->journal);
    xlgpu_step("GO-SENT");
    if (rc) return rc;

    m->outcome = XLGPU_OUTCOME_UNKNOWN;
    m->started.start = m->started.settle = XLGPU_PAUSE_UNKNOWN;
    rc = xlgpu_channel_send(&m->peer.ch, XLGPU_FRAME_GO, "{}", 2);
    xlgpu_step("GO sent");
    if (!rc) rc = wait_for_answer(m);
    if (m->outcome == XLGPU_OUTCOME_UNKNOWN) m->outcome = ask_again(m);

    if (m->outcome == XLGPU_OUTCOME_STARTED) return XLGPU_OK;
    if (m->outcome == XLGPU_OUTCOME_ABORTED) return rc;
    xlgpu_migration_stands(m, "whether it runs there is not known", RECOVER,
                           true);
    return xlgpu_fail(XLGPU_FAILED, m->moving.name, RECOVER,
                      "%s was told to start it and does not answer: it stays "
                      "suspended here", m->host);
}
