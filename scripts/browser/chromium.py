# SPDX-License-Identifier: MIT
"""A headless chromium, driven over a pair of pipes: the DevTools protocol as JSON, messages ended by NUL bytes.

No port is opened, so that nobody else can reach it and two checks at once do not meet. It can reach no network: every
name is unknown to it and its proxy is a closed port. Sandboxes need rights that root in a container has not; what is
opened are our own files.

Protocol: https://chromedevtools.github.io/devtools-protocol/
"""
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time

ARGUMENTS = (
    "--headless", "--remote-debugging-pipe", "--no-sandbox", "--no-zygote", "--no-first-run", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-crash-reporter", "--disable-breakpad", "--mute-audio",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider", "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--force-color-profile=srgb",
    "--font-render-hinting=none", "about:blank",
)


class Lost(Exception):
    """The browser died, hung or refused."""


def above(descriptor):
    """The same file under a number that no file of the browser has."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return copy


class Chromium:
    """Lives in a `with`; `seconds` from its start on nothing is waited for any more."""

    def __init__(self, program, seconds):
        self.deadline = time.monotonic() + seconds
        self.seconds = seconds
        self.number = 0
        self.buffer = b""
        self.events = []
        self.folder = tempfile.mkdtemp(prefix="check-report-")
        theirs_in, self.to = map(above, os.pipe())
        self.out, theirs_out = map(above, os.pipe())
        # Without HOME of its own it would write into the user's.
        environment = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_CACHE_HOME=self.folder)
        self.process = os.posix_spawn(
            program, [program, f"--user-data-dir={self.folder}", *ARGUMENTS], environment, setpgroup=0,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                          (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                          (os.POSIX_SPAWN_OPEN, 2, f"{self.folder}/stderr", os.O_WRONLY | os.O_CREAT, 0o600),
                          (os.POSIX_SPAWN_DUP2, theirs_in, 3), (os.POSIX_SPAWN_DUP2, theirs_out, 4)])
        os.close(theirs_in)
        os.close(theirs_out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # It is the leader of its group, and not waited for yet: the number is still its own.
        try:
            os.killpg(self.process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.process, 0)
        os.close(self.to)
        os.close(self.out)
        for _ in range(20):  # its children may still be writing
            shutil.rmtree(self.folder, ignore_errors=True)
            if not os.path.exists(self.folder):
                break
            time.sleep(0.05)

    def lost(self, what):
        try:
            with open(f"{self.folder}/stderr", encoding="utf-8", errors="replace") as file:
                last = file.read().strip().splitlines()[-1:]
        except OSError:
            last = []
        return Lost(" ".join([what, *last]))

    def receive(self):
        """One message."""
        while b"\0" not in self.buffer:
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([self.out], [], [], left)[0]:
                raise self.lost(f"chromium was not done after {self.seconds} s.")
            data = os.read(self.out, 1 << 20)
            if not data:
                raise self.lost("chromium died.")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        """Calls a method; what happens meanwhile is kept in `events`."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self.to, data):]
        except BrokenPipeError:
            raise self.lost("chromium died.") from None
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Lost(f"chromium refused {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, name, session):
        """Until this event was seen; it is taken out."""
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == name and event.get("sessionId") == session:
                    return self.events.pop(i)["params"]
            self.events.append(self.receive())


class Page:
    """A tab. `console` and `requests` are what was said and asked for since it was opened last."""

    def __init__(self, chromium):
        self.chromium = chromium
        target = chromium.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = chromium.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Network.setCacheDisabled", cacheDisabled=True)

    def call(self, method, **parameters):
        return self.chromium.call(method, self.session, **parameters)

    def open(self, url, scripts):
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.chromium.events.clear()
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise Lost(f"chromium cannot open '{url}': {failed}")
        self.chromium.wait("Page.loadEventFired", self.session)

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Lost(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def happened(self):
        """(what was said on the console, which addresses were asked for) since the page was opened."""
        said, asked = [], []
        for event in self.chromium.events:
            method, parameters = event.get("method"), event.get("params", {})
            if event.get("sessionId") != self.session:
                continue
            if method == "Runtime.consoleAPICalled":
                words = [str(a.get("value", a.get("description", ""))) for a in parameters["args"]]
                said.append(f"{parameters['type']}: {' '.join(words)}")
            elif method == "Log.entryAdded":
                said.append(f"{parameters['entry']['level']}: {parameters['entry']['text']}")
            elif method == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                said.append(details.get("exception", {}).get("description", details["text"]))
            elif method == "Network.requestWillBeSent":
                asked.append(parameters["request"]["url"])
            elif method == "Network.webSocketCreated":
                asked.append(parameters["url"])
        return said, asked
