/* SPDX-License-Identifier: MIT */
#include "harness/run/interrupt.h"

#include <signal.h>
#include <sys/signalfd.h>

int interrupt_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader of the progress that goes away must not end the run */
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
