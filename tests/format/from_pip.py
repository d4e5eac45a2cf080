# SPDX-License-Identifier: MIT
"""Python programs of others, from the package index, each in a folder of the build of its own."""
import os
import shutil
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
        # What is half there would be left alone.
        done = one_time.fetched([sys.executable, "-m", "pip", "install", "-q", "--target", folder,
                                 requirement], lambda: shutil.rmtree(folder, ignore_errors=True),
                                capture_output=True, timeout=240)
        if not done or done.returncode:
            return None
        with open(folder + "/done", "w", encoding="utf-8"):
            return folder


def environment(folder):
    return dict(os.environ, PYTHONPATH=folder)
