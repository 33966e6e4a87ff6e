# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command within limits on its processor time and memory.

    measure.py SECONDS MEGABYTES COMMAND...

SECONDS are those of two processors, so that a test does not fail because others
run beside it: the limit on processor time is twice as much. Memory is that of
the command and its child processes together, pages that they share counted
once. Prints what it measured; fails above a limit or with the command.
"""

import resource
import subprocess
import sys
import time

import psutil

INTERVAL = 0.05


def memory(process):
    """Bytes in use by the process and its descendants."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_full_info().pss
        except psutil.Error:
            pass  # It ended meanwhile.
    return total


def main():
    seconds, megabytes = float(sys.argv[1]), float(sys.argv[2])
    start = time.monotonic()
    command = subprocess.Popen(sys.argv[3:], stdin=subprocess.DEVNULL)
    process, peak = psutil.Process(command.pid), 0
    while command.poll() is None:
        try:
            peak = max(peak, memory(process))
        except psutil.NoSuchProcess:
            break
        time.sleep(INTERVAL)
    status = command.wait()
    elapsed = time.monotonic() - start
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = usage.ru_utime + usage.ru_stime
    # The largest single process, in case its peak was between two samples.
    peak = max(peak, 1024 * usage.ru_maxrss) / 1e6
    print(
        f"elapsed {elapsed:.1f} s, processor time {used:.1f} s of at most "
        f"{2 * seconds:g} s, memory {peak:.0f} MB of at most {megabytes:g} MB"
    )
    sys.exit(status or (used > 2 * seconds or peak > megabytes))


if __name__ == "__main__":
    main()
