"""A mesh for a test: a control plane with a directory of configuration, and programs under `riser run`."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PROGRAMS = Path(__file__).resolve().parent / "programs"
RISER = str(HOME / "riser")
PYTHON = sys.executable
API = "127.0.0.1:15080"


def until(condition, seconds=15.0, what="the condition", every=0.05):
    """Waits until the condition gives something true and returns that; fails the test after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not so within {seconds:g} s; last seen: {value!r}")
        time.sleep(every)


def figure(text):
    """Says what was measured; the suite prints it below the test's line."""
    print(f"           {text}", flush=True)


def resident(pid):
    """Resident memory of a process, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no memory")


def program(name, *arguments):
    """The command line of one of the suite's own programs."""
    return [PYTHON, str(PROGRAMS / f"{name}.py"), *map(str, arguments)]


class Workload:
    """A program under `riser run`. Its process is the program's own."""

    def __init__(self, process, log, name):
        self.process = process
        self.log = log
        self.name = name

    @property
    def pid(self):
        return self.process.pid

    def enter(self, *command, **options):
        """Runs a command in this workload's network, as one more process of it."""
        options.setdefault("timeout", 60)
        options.setdefault("capture_output", True)
        return subprocess.run(self.entering(*command), **options)

    def spawn(self, *command, **options):
        return subprocess.Popen(self.entering(*command), **options)

    def entering(self, *command):
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", "--", *map(str, command)]

    def curl(self, *arguments, timeout=20):
        """Runs curl there; gives its exit code and what it printed."""
        done = self.enter("curl", "--silent", "--show-error", "--max-time", timeout, *arguments, timeout=timeout + 10)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    def addresses(self):
        listed = self.enter("ip", "-j", "-4", "address", "show", "scope", "global")
        return [each["local"] for link in json.loads(listed.stdout) for each in link["addr_info"] if "local" in each]

    @property
    def address(self):
        return self.addresses()[0]

    def output(self):
        return self.log.read_text(errors="replace")

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)


class Mesh:
    """Started with `start`, ended with `stop`, which fails where something is left behind."""

    def __init__(self, name, user=None):
        """With `user`, a number, everything of the mesh is started as that user."""
        self.riser_command = [RISER, "--prebuilt"]
        keep = os.environ.get("RISER_E2E_KEEP")
        self.directory = Path(keep, name) if keep else Path(tempfile.mkdtemp(prefix="riser-e2e-"))
        self.kept = bool(keep)
        if self.kept:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory.mkdir(parents=True)
        self.state = self.directory / "state"
        self.config = self.directory / "config"
        self.config.mkdir()
        if user is not None:
            for each in (self.directory, self.config):
                os.chown(each, user, user)
            self.riser_command = [
                "setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups",
                "env", f"HOME={self.directory}", f"XDG_STATE_HOME={self.directory}", *self.riser_command]
        self.workloads = []
        self.control = None
        self.arguments = ()
        self.count = 0

    # --- control plane ---

    def start(self, *arguments):
        self.arguments = arguments
        self.start_control_plane()
        return self

    def start_control_plane(self):
        log = open(self.directory / "control-plane.log", "ab")
        self.control = subprocess.Popen(
            [*self.riser_command, "control-plane", "--config", str(self.config), "--state", str(self.state), *self.arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        until(self.answers, 40, "the control plane answers")

    def answers(self):
        if self.control.poll() is not None:
            raise AssertionError(
                "the control plane has ended: " + (self.directory / "control-plane.log").read_text()[-2000:])
        try:
            return self.api("GET", "/api/v1/mesh")
        except OSError:
            return None

    def kill_control_plane(self):
        self.control.kill()
        self.control.wait()

    def api(self, method, path, body=None):
        """Calls the API; gives what the JSON says. Failures are urllib's."""
        request = urllib.request.Request(f"http://{API}{path}", method=method)
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
        token = self.state / "admin.token"
        if token.exists():
            request.add_header("Authorization", "Bearer " + token.read_text().strip())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def write(self, name, text):
        """Puts a file into the watched directory, whole or not at all."""
        part = self.directory / f".{name}.part"
        part.write_text(text)
        part.replace(self.config / name)

    def remove(self, name):
        (self.config / name).unlink()

    def riser(self, *arguments, timeout=60):
        return subprocess.run(
            [*self.riser_command, *map(str, arguments), "--state", str(self.state)],
            capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)

    # --- workloads ---

    def run(self, name, *command, namespace="prod", service=(), labels=(), ports=(), account=None, options=(), wait=True):
        """Starts a program in the mesh. With `wait`, returns once the mesh calls it ready and it listens on its ports."""
        arguments = ["--state", str(self.state), "--namespace", namespace, "--name", name]
        for each in [service] if isinstance(service, str) else service:
            arguments += ["--service", each]
        for label in labels:
            arguments += ["--label", label]
        for port in ports:
            arguments += ["--port", str(port)]
        if account:
            arguments += ["--service-account", account]
        self.count += 1
        log = self.directory / f"{self.count:02}-{name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [*self.riser_command, "run", *arguments, *options, "--", *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        workload = Workload(process, log, name)
        self.workloads.append(workload)
        if wait:
            executable = os.path.realpath(shutil.which(command[0]))
            until(lambda: self.started(workload, executable), 40, f"{name} has become its program")
            for port in ports:
                self.await_port(workload, int(str(port).split(":")[0]))
            if "--unmeshed" not in options:
                until(lambda: self.states(name) == {"ready"}, 20, f"{name} takes traffic")
        return workload

    def states(self, name):
        return {each["state"] for each in self.api("GET", "/api/v1/workloads") if each["name"] == name}

    @staticmethod
    def started(workload, executable):
        if workload.process.poll() is not None:
            raise AssertionError(f"{workload.name} ended with {workload.process.returncode}: {workload.output()[-2000:]}")
        try:
            words = Path(f"/proc/{workload.pid}/cmdline").read_bytes().split(b"\0")
            return os.readlink(f"/proc/{workload.pid}/exe") == executable and RISER.encode() not in words
        except OSError:
            return False

    @staticmethod
    def await_port(workload, port):
        def listens():
            table = b""
            for name in ("tcp", "tcp6"):
                file = Path(f"/proc/{workload.pid}/net/{name}")
                table += file.read_bytes() if file.exists() else b""
            return any(
                fields[1].endswith(b":%04X" % port) and fields[3] == b"0A"
                for fields in (line.split() for line in table.splitlines()) if len(fields) > 3)
        until(listens, 20, f"{workload.name} listens on {port}")

    def shell(self, name="shell", **options):
        """A workload that does nothing by itself, for commands to be run in."""
        return self.run(name, "sleep", "infinity", **options)

    # --- what the mesh says ---

    def proxy_pid(self):
        """The shared proxy's process."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if b"dev.riser.cli.Riser" in words and b"proxy" in words and str(self.state / "proxy.sock").encode() in words:
                    return int(entry.name)
        return None

    def proxy_log(self):
        file = self.state / "proxy.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def requests(self, kind="deploy", namespace="prod", window="60s", **more):
        """How many requests each target served in the window, by name."""
        query = "&".join(f"{key}={value}" for key, value in {"kind": kind, "namespace": namespace, "window": window, **more}.items())
        return {row["name"]: row for row in self.api("GET", f"/api/v1/stat?{query}")["rows"]}

    def problems(self):
        return self.api("GET", "/api/v1/problems")

    # --- the end ---

    def stop(self):
        left = []
        for workload in self.workloads:
            if workload.process.poll() is None:
                workload.process.terminate()
        for workload in self.workloads:
            try:
                workload.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                workload.process.kill()
                workload.process.wait()
        ended = self.riser("stop", timeout=90)
        if ended.returncode != 0:
            left.append(f"riser stop: {ended.stderr}")
        if self.control is not None:
            try:
                self.control.wait(timeout=15)
            except subprocess.TimeoutExpired:
                left.append("the control plane outlives 'riser stop'")
                self.control.kill()
                self.control.wait()
        try:
            until(lambda: not riser_processes(), 10, "no process is left")
        except AssertionError:
            left.append(f"processes: {riser_processes()}")
        # The kernel takes network namespaces down one after another, on a busy machine long after their last process.
        links = lambda: [each for each in socket.if_nameindex() if each[1].startswith(("riser", "rv"))]
        try:
            until(lambda: not links(), 60, "no link is left")
        except AssertionError:
            left.append(f"links: {links()}")
        if not self.kept:
            shutil.rmtree(self.directory, ignore_errors=True)
        if left:
            raise AssertionError("left behind: " + "; ".join(left))


def riser_processes():
    """Processes of a mesh: they are all of this suite, which has process numbers of its own."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"dev.riser.cli.Riser" in words or b"riser-watch" in words or b"riser-supervise" in words:
                found.append(b" ".join(words[-12:]).decode(errors="replace"))
    return found
