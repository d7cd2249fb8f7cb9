#!/usr/bin/env bash
# Makes everything a command of this repository needs: .tools (uv), .venv (from requirements.lock),
# PostgreSQL's and RabbitMQ's binaries. Safe to repeat; returns at once when all is there.
# System packages are installed without starting a service: our own servers are private ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stamp=.venv/.duesline-lock
want_servers=1
[ "${1:-}" = "--python-only" ] && want_servers=0

say() { printf '\033[2mbootstrap:\033[0m %s\n' "$*" >&2; }
die() { printf '\033[31mbootstrap:\033[0m %s\n' "$*" >&2; exit 1; }

lock_hash() { cksum <requirements.lock | tr ' ' '-'; }

# Networks that inspect TLS put their certificate into the system's store.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1; fi

find_python() {
  local candidate
  for candidate in "${DUESLINE_PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
      # The real interpreter, not a version manager's shim that depends on the current folder.
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  die "Python 3.11 to 3.13 is needed; on Debian or Ubuntu: apt-get install python3 python3-pip"
}

get_uv() {
  if [ -x .tools/bin/uv ]; then printf '%s\n' .tools/bin/uv; return; fi
  if command -v uv >/dev/null; then command -v uv; return; fi
  "$1" -m pip --version >/dev/null 2>&1 || install_packages python3-pip
  # Debian refuses installs into its own Python; a folder of ours is no such install.
  "$1" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target .tools uv >&2 || die "could not install uv; install it yourself and try again"
  printf '%s\n' .tools/bin/uv
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1; fi
}

# Installs Debian packages without letting them start a service: an existing policy-rc.d that forbids it
# stays as it is; where there is none, ours stands there only while apt runs.
install_packages() {
  command -v apt-get >/dev/null || die "please install: $*"
  as_root true || die "please install (as root): apt-get install $*"
  say "installing $* (apt)"
  local policy=/usr/sbin/policy-rc.d made_policy=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made_policy=1
  fi
  local failed=0
  apt_install "$@" || { as_root apt-get update -qq >&2 && apt_install "$@"; } || failed=1
  [ "$made_policy" = 0 ] || as_root rm -f "$policy"
  [ "$failed" = 0 ] || die "apt could not install $*"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" >&2 </dev/null
}

has_postgres() {
  command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

has_rabbitmq() {
  compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null ||
    [ -n "${RABBITMQ_HOME:-}" ] || command -v rabbitmq-server >/dev/null
}

servers_are_given() {
  [ -n "${DUESLINE_TEST_DATABASE_URL:-}" ] && [ -n "${DUESLINE_TEST_AMQP_URL:-}" ]
}

install_servers() {
  local missing=()
  has_postgres || missing+=(postgresql)
  has_rabbitmq || missing+=(rabbitmq-server)
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

sync_venv() {
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(lock_hash)" ] && [ -x .venv/bin/python ]; then
    return
  fi
  local python uv
  python=$(find_python)
  uv=$(get_uv "$python")
  say "setting up .venv from requirements.lock"
  [ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
  "$uv" pip sync --quiet --python .venv/bin/python --compile-bytecode --require-hashes requirements.lock
  lock_hash >"$stamp"
}

# Two commands started at once must not build the same environment over each other.
mkdir -p .tools
exec 9>.tools/.bootstrap-lock
command -v flock >/dev/null && flock 9

sync_venv
if [ "$want_servers" = 1 ] && ! servers_are_given; then install_servers; fi
