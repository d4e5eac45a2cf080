# SPDX-License-Identifier: MIT
"""Python programs of others, from the package index, each in a folder of the build of its own."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "render"))
import one_time  # noqa: E402
import recordings  # noqa: E402


def folder_of(requirement):
    """Where its modules and its bin/ are; None where it cannot be had."""
    folder = os.path.join(recordings.OUT, "pip", requirement.replace("==", "-"))
    with one_time.alone("pip-" + requirement):
        if os.path.exists(folder + "/done"):
            return folder
        done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder,
                               requirement], capture_output=True, timeout=240, check=False)
        if done.returncode:
            return None
        with open(folder + "/done", "w", encoding="utf-8"):
            return folder


def environment(folder):
    return dict(os.environ, PYTHONPATH=folder)
