#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a channel of stand-ins for the packages that recipe.yaml needs: each has the name and
the version that Debian has here, and brings what the real one sets in an environment, but its
programs and libraries are Debian's.

  stand-ins.py CHANNEL      needs rattler_build"""

import json
import pathlib
import subprocess
import sys
import tempfile

from rattler_build import Stage0Recipe

# Package of conda: package of Debian that stands in for it, and what the environment gets.
STAND_INS = {
    'gcc_linux-64': ('gcc', 'compiler'),
    'gxx_linux-64': ('g++', None),
    'sysroot_linux-64': ('libc6-dev', None),
    'glib': ('libglib2.0-dev', None),
    'glib-tools': ('libglib2.0-dev-bin', None),
    'gobject-introspection': ('libgirepository1.0-dev', None),
    'librdkafka': ('librdkafka-dev', None),
    'libsoup': ('libsoup-3.0-dev', None),
    'meson': ('meson', None),
    'ninja': ('ninja-build', None),
    'pkg-config': ('pkgconf', None),
    'pygobject': ('python3-gi', 'libraries'),
    'python': ('python3', 'python'),
    'rocksdb': ('librocksdb-dev', None),
    'vala': ('valac', None),
}

ACTIVATED = {
    # As the compilers of conda-forge do it.
    'compiler': '''
if [ "${CONDA_BUILD:-0}" = 1 ] && [ -n "${PREFIX:-}" ]; then
  export MESON_ARGS="-Dbuildtype=release --prefix=$PREFIX -Dlibdir=lib"
  export LDFLAGS="-Wl,-rpath,$PREFIX/lib"
fi
''',
    # The real one looks there by itself.
    'libraries': '''
export GI_TYPELIB_PATH="$CONDA_PREFIX/lib/girepository-1.0"
export LD_LIBRARY_PATH="$CONDA_PREFIX/lib"
''',
}

# A Python whose own modules are in the environment, and all others Debian's.
PYTHON = '''
mkdir -p "$PREFIX/bin" "$PREFIX/lib/python{version}/site-packages"
for name in python python3 python{version}; do ln -s /usr/bin/python3 "$PREFIX/bin/$name"; done
printf 'home = /usr/bin\\ninclude-system-site-packages = true\\n' >"$PREFIX/pyvenv.cfg"
'''


def debian_version(package):
    """The version of what Debian packaged."""
    version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', package], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    return version.rpartition(':')[2].partition('-')[0].partition('+')[0]


def script(name, what):
    if what == 'python':
        return PYTHON.replace('{version}', '%d.%d' % sys.version_info[:2])
    if what:
        return (f'mkdir -p "$PREFIX/etc/conda/activate.d"\n'
                f"cat >\"$PREFIX/etc/conda/activate.d/{name}.sh\" <<'END'\n{ACTIVATED[what]}END\n")
    return 'true\n'


def main(channel):
    with tempfile.TemporaryDirectory() as directory:
        for name, (package, what) in STAND_INS.items():
            path = pathlib.Path(directory, name, 'recipe.yaml')
            path.parent.mkdir()
            path.write_text(json.dumps({
                'package': {'name': name, 'version': debian_version(package)},
                'build': {'number': 0, 'script': {'content': script(name, what)}}}))
            Stage0Recipe.from_file(path).run_build(output_dir=channel, channels=[])


if __name__ == '__main__':
    main(*sys.argv[1:])
