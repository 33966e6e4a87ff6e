# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""interrupt.py FOLDER SIGNAL COMMAND...: runs the command with FOLDER for its
temporary files and sends it the signal as soon as there is one. The command
must die of it and leave nothing there."""

import os
import signal
import subprocess
import sys
import time

folder, name, command = sys.argv[1], sys.argv[2], sys.argv[3:]
number = signal.Signals[name]
# A command started in the background inherits that SIGINT is ignored; one
# whose parent handles it does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
process = subprocess.Popen(
    command, env=dict(os.environ, TMPDIR=folder), stdout=subprocess.PIPE
)
while process.poll() is None and not any(
    os.listdir(os.path.join(folder, made)) for made in os.listdir(folder)
):
    time.sleep(0.001)
if number == signal.SIGPIPE:
    process.stdout.close()
else:
    process.send_signal(number)
status = process.wait()
assert status in (-number, -signal.SIGINT), f"status {status}"
assert not os.listdir(folder), f"left: {os.listdir(folder)}"
