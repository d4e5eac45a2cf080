# -*- coding: utf-8 -*-
# SPDX-License-Identifier: MIT
"""Calls beside each other on one line, each to a function of its own: at_ANYTHING."""
import os
import sys


def spin():
    for _ in range(20000):
        pass


def at_start():
    spin()


def at_middle():
    spin()


def at_end():
    spin()


def at_letters():
    spin()


def at_next_line():
    spin()


def at_far():
    spin()


def calls():
    at_start(); at_middle(); x = (1, at_end())
    y = (u"Köln, Ærø, 東京, 🐍", at_letters(), x,
         at_next_line())
    z = (y,                                                                                                                                                     at_far())
    return z


print(os.getpid())
sys.stdout.flush()
while True:
    calls()
