/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML-RPC as xapi speaks it with its plugins (xapi_plugins.ml, xMLRPC.ml):
 * the call is the one argument of the program, the answer its output. Pure.
 */
#ifndef XLGPU_XAPI_RPC_H
#define XLGPU_XAPI_RPC_H

#include <stddef.h>

/* Of XML-RPC's agreed codes. */
#define XLGPU_RPC_NOT_XML (-32700)
#define XLGPU_RPC_NOT_A_CALL (-32600)

/* More arguments than any function has. */
#define XLGPU_RPC_ARGS_MAX 64

struct xlgpu_rpc_call {
    char *method;
    struct xlgpu_rpc_arg {
        char *name, *value;
    } *arg; /* in the order of the call; owned, as their strings */
    size_t n_args;

    /* Where it was refused: */
    int fault;       /* one of the above; 0: it is a call */
    char *why;       /* of the fault; owned */
    char *bad_arg;   /* an argument whose value is no string; owned */
    char *twice;     /* one that is given twice; owned */
};

/*
 * Takes the call apart: a method's name, a session, and a struct of strings.
 * What is no such call has a fault, or bad_arg or twice where only an
 * argument is wrong. Strings are UTF-8 without NUL. Dispose in any case.
 */
void xlgpu_rpc_parse(const char *text, struct xlgpu_rpc_call *call);
void xlgpu_rpc_dispose(struct xlgpu_rpc_call *call);

/* The argument's value; NULL: it is not there. */
const char *xlgpu_rpc_arg(const struct xlgpu_rpc_call *call,
                          const char *name);

/*
 * The answers, which the caller frees. A byte that XML or UTF-8 can't have
 * becomes '?'. description is an error's code and its parameters.
 */
char *xlgpu_rpc_success(const char *value);
char *xlgpu_rpc_failure(const char *const *description, size_t n);
char *xlgpu_rpc_fault(int code, const char *why);

#endif
