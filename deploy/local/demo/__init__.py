"""`make demo`: the main job told as a story, on real parts, through the public API alone."""

from deploy.local.demo.tell import main

__all__ = ["main"]
