#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the recipe, and runs its tests in an environment that has nothing but the package and
what it needs.

  build.py CHANNEL OUTPUT      needs rattler_build"""

import pathlib
import sys

from rattler_build import RattlerBuildError, Stage0Recipe, ToolConfiguration, VariantConfig

HERE = pathlib.Path(__file__).resolve().parent
LINES = 100


class Log:
    """What rattler-build says, of which the end is shown when it fails."""

    def __init__(self):
        self._lines = []

    def on_log(self, event):
        self._lines += event.message.splitlines()

    def end(self):
        return '\n'.join(self._lines[-LINES:])


def main(channel, output):
    recipe = Stage0Recipe.from_file(HERE / 'recipe.yaml')
    log = Log()
    try:
        built = recipe.run_build(
            variant_config=VariantConfig.from_file(HERE / 'variants.yaml'),
            tool_config=ToolConfiguration(test_strategy='native'),
            channels=[channel], output_dir=output, progress_callback=log)
    except RattlerBuildError as error:
        sys.exit(f'{log.end()}\n{error}')
    for result in built:
        print(*result.packages, sep='\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
