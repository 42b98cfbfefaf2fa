"""What the programs of this folder share: the machine, the commit, and results kept in bench/results."""
import datetime
import json
import os
import pathlib
import platform
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
# What a figure depends on; changes there must be committed before it is kept.
SOURCES = ("src", "apps", "include", "cmake", "CMakeLists.txt", "bench/micro")


class Failure(Exception):
    """Told in one line; the program ends with status 1."""


def git(*arguments):
    """What git prints, or None where this is no git checkout."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def commit():
    return git("rev-parse", "--short", "HEAD") or "unknown"


def machine():
    cpu = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), cpu)
    return {"cpu": cpu, "logical_cores": os.cpu_count(), "system": f"{platform.system()} {platform.release()}",
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")}


def shown(command):
    """The command as it is kept: of paths outside of the tree, the last part."""
    def word(text):
        label, equals, path = text.rpartition("=")
        if os.path.isabs(path):
            inside = os.path.relpath(path, ROOT)
            path = os.path.basename(path.rstrip("/")) if inside.startswith("..") else inside
        return label + equals + path
    return shlex.join(word(str(part)) for part in command)


def run(command):
    """What the command prints. Its progress and errors go where ours go."""
    try:
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise Failure(f"cannot run {command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise Failure(f"`{shown(command)}` ended with status {done.returncode}")
    return done.stdout


def run_json(command):
    """The JSON that the command prints, lines in front of it left out."""
    printed = run(command)
    try:
        return json.loads(printed[printed.index("{"):])
    except ValueError:
        raise Failure(f"`{shown(command)}` printed no JSON") from None


def require_committed():
    changed = git("status", "--porcelain", "--", *SOURCES)
    if changed is None:
        raise Failure("this is no git checkout: a result names the commit that gave it")
    if changed:
        raise Failure("commit the sources first: a result names the commit that gave it")


def record(command, output):
    return {"date": datetime.date.today().isoformat(), "commit": commit(),
            "machine": machine(), "command": shown(command), "output": output}


def keep(name, command, output):
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record(command, output), indent=1) + "\n")
    return path.relative_to(ROOT)
