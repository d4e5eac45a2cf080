# SPDX-License-Identifier: MIT
"""What several tests need and one of them makes: in the build folder, behind a lock, since two
suites may run at once.
"""
import contextlib
import fcntl
import os
import shutil
import subprocess
import time

ATTEMPTS = 3  # registries are others', and the way there is long


def build_folder(name):
    return os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), name))


@contextlib.contextmanager
def alone(name):
    """Whoever else wants `name` waits meanwhile."""
    os.makedirs(build_folder(""), exist_ok=True)
    with open(build_folder(f".{name.replace('/', '-')}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fetched(command, clean=lambda: None, **options):
    """Runs what brings something from a registry, up to ATTEMPTS times, clean() before each; how it
    ended, None where it took too long."""
    done = None
    for attempt in range(ATTEMPTS):
        time.sleep(5 * attempt)
        clean()
        try:
            done = subprocess.run(command, check=False, **options)
            if done.returncode == 0:
                break
        except subprocess.TimeoutExpired:
            done = None
    return done


def _differs(path, wanted):
    if not os.path.exists(path):
        return True
    with open(path, "rb") as file:
        return file.read() != wanted


def npm_folder(source, name, *flags):
    """A copy of the folder `source`, with the packages in it that its package-lock.json names."""
    folder = build_folder(name)
    with alone(name):
        os.makedirs(folder, exist_ok=True)
        for file in os.listdir(source):
            with open(os.path.join(source, file), "rb") as ours:
                # A program that runs may be reading the one that is there.
                if _differs(os.path.join(folder, file), ours.read()):
                    shutil.copy(os.path.join(source, file), folder)
        with open(os.path.join(folder, "package-lock.json"), "rb") as lock:
            wanted = lock.read()
        mark = os.path.join(folder, "node_modules", ".of")
        if _differs(mark, wanted):
            done = fetched(["npm", "ci", "--silent", "--no-audit", "--no-fund", *flags],
                           cwd=folder, timeout=300, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL if flags else None)
            if not done or done.returncode:
                raise RuntimeError(f"npm ci in {folder}: " +
                                   (f"status {done.returncode}" if done else "takes too long"))
            with open(mark, "wb") as out:
                out.write(wanted)
    return folder
