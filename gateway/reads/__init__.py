"""Reads composed over several services: what one page of the console needs, in one answer.

Each part is asked for side by side, on behalf of the caller (their token, their
organization), with a deadline; a part that fails is named in `unavailable` and the rest is
answered. These reads decide nothing and store nothing.
"""
