#!/bin/sh
# Where the manifest of a service is; the gateway's is not among the services'.
if [ "$1" = gateway ]; then echo gateway/pyproject.toml; else echo "services/${1:?which service?}/pyproject.toml"; fi
