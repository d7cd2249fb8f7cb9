"""Every test of the repository may ask for real servers and services.

`--hypothesis-profile=long` has the stateful tests tell hundreds of histories.
"""

from hypothesis import settings

pytest_plugins = ["shared.testing.plugin"]

settings.register_profile("long", max_examples=600, deadline=None)
