#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# debian.sh RELEASE COMMAND [ARGUMENT]...: runs COMMAND, a path inside of the source tree,
# on what is committed, in a chroot of that release of Debian in which nothing was installed
# by hand. The bootstrapped release is kept outside of the source tree; all else is removed.
# DEBIAN_INPUT: a folder that COMMAND finds as /input.
set -eu

release=$1
shift
lib=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/lib/packages.sh
. "$lib/packages.sh"

fail () {
  echo "$*" >&2
  echo '0 passed, 1 failed'
  exit 1
}

# The one that this machine's own packages come from.
find_mirror () {
  cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    awk '/^URIs:/ { print $2; exit } /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }'
}

bootstrap () {
  mirror=$(find_mirror)
  [ -n "$mirror" ] || fail "cannot make a chroot of '$release': apt's sources name no mirror"
  install_packages debootstrap || fail "cannot make a chroot of '$release' without debootstrap"
  mkdir -p "$(dirname "$pristine")"
  echo "Making a chroot of Debian '$release' ..."
  if ! debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$mirror" >"$root.log" 2>&1; then
    tail -n 20 "$root.log" >&2
    fail "cannot make a chroot of '$release' from $mirror"
  fi
  tar -C "$root" -cf "$pristine.new" .
  mv "$pristine.new" "$pristine"
}

# How this machine reaches the network, which a chroot of it can't know.
copy_settings () {
  for file in /etc/resolv.conf /etc/hosts /etc/pip.conf \
    /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf.d/99* /usr/local/share/ca-certificates/*.crt; do
    [ -f "$file" ] || continue
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done
  if [ -f "$HOME/.m2/settings.xml" ]; then
    install -D "$HOME/.m2/settings.xml" "$root$home/.m2/settings.xml"
  fi
  chroot "$root" update-ca-certificates >/dev/null 2>&1
}

[ "$(id -u)" = 0 ] || fail 'a chroot needs root: run this command as root or through sudo'

pristine=${XDG_CACHE_HOME:-$HOME/.cache}/qsource/debian-$release.tar
directory=$(mktemp -d /var/tmp/qsource-debian-XXXXXX)
root=$directory/root
trap 'rm -rf "$directory"' EXIT
mkdir "$root"
if [ -f "$pristine" ]; then
  tar -C "$root" -xf "$pristine"
else
  bootstrap
fi
home=$(chroot "$root" sh -c 'echo ~root')
copy_settings
mkdir "$root/src"
[ -z "${DEBIAN_INPUT:-}" ] || cp -r "$DEBIAN_INPUT" "$root/input"
git -C "$lib/../.." archive --format=tar HEAD | tar -C "$root/src" -xf -

# Its mounts end with the namespace.
# shellcheck disable=SC2016 # the inner shell's
unshare --mount sh -c '
  root=$1 home=$2
  shift 2
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  exec env -i HOME="$home" TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin ${CI:+CI="$CI"} \
    chroot "$root" "/src/$@"
' sh "$root" "$home" "$@"
