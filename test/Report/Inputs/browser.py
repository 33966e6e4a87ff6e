# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads a page in a browser, in light and dark, 400 and 1280 pixels wide.

    browser.py PAGE.html [--screenshots FOLDER] [--section ID]...

Fails if the browser reports an error, if the page asks for anything besides
itself, if it is wider than the window, if a section is missing or empty, if text
cannot be told from its ground, or if dark is no darker than light.
"""

import argparse
import base64
import json
import os
import pathlib
import subprocess
import sys

# What WCAG 2.2 asks of text (1.4.3).
MIN_CONTRAST = 4.5

# Widths, sections, contrast: what the page says of itself once it is shown.
PROBE = """
(() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (color != "rgba(0, 0, 0, 0)") return luminance(color);
    }
    return 1;
  };
  let contrast = 21, dimmest = "";
  for (const e of document.body.querySelectorAll("h1, h2, p, th, td, a, li, span, summary")) {
    if (!e.textContent.trim()) continue;
    const [a, b] = [luminance(getComputedStyle(e).color), ground(e)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < contrast) [contrast, dimmest] = [ratio, e.tagName + ": " + e.textContent];
  }
  const sections = {};
  for (const s of document.querySelectorAll("main > section"))
    sections[s.id] = s.querySelectorAll("tbody tr, rect, li").length;
  return {
    width: document.documentElement.scrollWidth, window: innerWidth,
    height: document.documentElement.scrollHeight,
    contrast, dimmest, ground: ground(document.body), sections,
  };
})()
"""


class Browser:
    """A browser at the other end of a pair of pipes, one page open in it."""

    def __init__(self):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # The protocol wants descriptors 3 and 4.
        script = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        command = [
            "chromium-headless-shell",
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--disable-gpu",
            "about:blank",
        ]
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", str(commands), str(answers), *command],
            pass_fds=(commands, answers),
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self.pending = b""
        self.number = 0
        self.session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", targetId=target, flatten=True
        )["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def read(self):
        while b"\0" not in self.pending:
            data = os.read(self.answers, 1 << 16)
            if not data:
                sys.exit("the browser ended")
            self.pending += data
        message, _, self.pending = self.pending.partition(b"\0")
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.read())

    def close(self):
        os.close(self.commands)
        self.process.wait()


def find_errors(events, address):
    """What the browser complained about, and what else it was asked for."""
    for event in events:
        method, about = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield f"exception: {about['exceptionDetails']['text']}"
        elif method == "Runtime.consoleAPICalled" and about["type"] == "error":
            yield f"console: {about['args']}"
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            yield f"log: {about['entry']['text']}"
        elif method == "Network.requestWillBeSent":
            url = about["request"]["url"]
            if not url.startswith((address, "data:")):
                yield f"asks for {url}"


def look(browser, address, scheme, width):
    """Loads the page and returns what it says of itself."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.call("Emulation.setEmulatedMedia", features=[feature])
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=900,
        deviceScaleFactor=1,
        mobile=False,
    )
    browser.events.clear()
    browser.call("Page.navigate", url=address)
    browser.wait_for("Page.loadEventFired")
    result = browser.call("Runtime.evaluate", expression=PROBE, returnByValue=True)
    if "exceptionDetails" in result:
        sys.exit(f"{result['exceptionDetails']}")
    return result["result"]["value"]


def take_screenshot(browser, seen, path):
    size = {"width": seen["window"], "height": seen["height"]}
    image = browser.call(
        "Page.captureScreenshot",
        clip={"x": 0, "y": 0, "scale": 1, **size},
        captureBeyondViewport=True,
    )
    path.write_bytes(base64.b64decode(image["data"]))


def check(seen, sections):
    if seen["width"] > seen["window"]:
        yield f"is {seen['width']} pixels wide in a window of {seen['window']}"
    for section in sections:
        if not seen["sections"].get(section):
            yield f"section '{section}' is missing or empty"
    if seen["contrast"] < MIN_CONTRAST:
        yield f"contrast {seen['contrast']:.2f} of {seen['dimmest']!r}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--section", action="append", default=[])
    options = parser.parse_args()
    address = options.page.resolve().as_uri()
    browser = Browser()
    problems, grounds = [], {}
    for scheme in ("light", "dark"):
        for width in (400, 1280):
            seen = look(browser, address, scheme, width)
            grounds[scheme] = seen["ground"]
            found = [
                *check(seen, options.section),
                *find_errors(browser.events, address),
            ]
            problems += [f"{scheme}, {width}: {problem}" for problem in found]
            if options.screenshots:
                name = options.screenshots / f"{scheme}-{width}.png"
                take_screenshot(browser, seen, name)
    browser.close()
    if grounds["dark"] >= grounds["light"]:
        problems.append("dark is no darker than light")
    sys.exit("\n".join(problems) if problems else 0)


main()
