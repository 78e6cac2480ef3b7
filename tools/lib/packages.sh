# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034 # the lists are used where this is sourced
# What the commands in tools/ need, by the names of Debian 12, and how they get
# it. Sourced by them.

BUILD_PACKAGES='g++ gcc libc6-dev libglib2.0-dev libprotobuf-dev libprotoc-dev librdkafka-dev librocksdb-dev libsoup-3.0-dev
  libsystemd-dev libvalijson-dev meson ninja-build pkgconf python3 rapidjson-dev'

CHECK_PACKAGES="$BUILD_PACKAGES aspell aspell-en ca-certificates clang-format codespell gi-docgen gjs gobject-introspection
  libgirepository1.0-dev libgtest-dev lua-lgi luajit mypy python3-debugpy python3-dev python3-gi python3-hypothesis python3-ipykernel python3-nbconvert
  python3-numpy python3-pytest python3-pytest-xdist shellcheck systemd systemd-journal-remote valac"

# What the suites monitor and site need; without them, their tests of these are skipped.
MONITOR_PACKAGES='chromium prometheus python3-prometheus-client'

# What tools/bench needs besides.
BENCH_PACKAGES='valgrind'

# Without these the tests with a real broker, and with Quix Streams, are skipped.
KAFKA_PACKAGES='default-jre-headless kcat maven openssl python3-venv'

as_root () {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "this needs root or sudo: $*" >&2
    return 1
  fi
}

apt () {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

missing_packages () {
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
  done
}

# Asks for nothing, changes nothing: whether apt knows how to install these.
can_install () {
  apt-get -q --simulate install --no-install-recommends "$@" >/dev/null 2>&1
}

# Seconds between two lines that say how far apt-get is.
APT_INTERVAL=20

# follow_apt LOG: says how far apt-get is, until it is ended or the one who started it is gone.
follow_apt () {
  while sleep "$APT_INTERVAL" >/dev/null 2>&1 && kill -0 "$$" 2>/dev/null; do
    all=$(sed -n 's/.* \([0-9]*\) newly installed.*/\1/p' "$1")
    [ -z "$all" ] ||
      echo "  packages: $(grep -c '^Unpacking ' "$1") unpacked, $(grep -c '^Setting up ' "$1") set up, of $all"
  done
}

# install_packages NAME...: installs those that are missing, and says so.
install_packages () {
  command -v dpkg-query >/dev/null || return 0 # not a Debian: the build says what it misses
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0

  log=$(mktemp)
  echo "Installing by apt-get: $missing"
  follow_apt "$log" &
  follower=$!
  status=0
  # shellcheck disable=SC2086 # a list of names
  { { can_install $missing || apt update; } && apt install -y --no-install-recommends $missing; } \
    >"$log" 2>&1 || status=1
  kill "$follower"
  if [ "$status" != 0 ]; then
    tail -n 20 "$log"
    echo "apt-get could not install: $missing"
  fi
  rm -f "$log"
  return "$status"
}
