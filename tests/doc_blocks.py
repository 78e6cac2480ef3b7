# SPDX-License-Identifier: LGPL-2.1-or-later
"""The blocks of code in the pages and in the documentation comments.

Each language has one test that goes through all blocks of that language, wherever they are, and
fails for a block that it cannot run. So a new block needs no entry anywhere to be tested."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What runs the blocks of each language: a file below tests/, and a test in it.
RUNNERS = {
    'c': ('languages/python/test_docs.py', 'test_c'),
    'cpp': ('languages/conform/test_conform_programs.py', 'test_page'),
    'console': ('test-shell.py', 'test_console'),
    'ini': ('test-shell.py', 'test_files'),
    'js': ('languages/python/test_docs.py', 'test_javascript'),
    'json': ('test-source-pages.py', 'test_examples'),
    'lua': ('languages/python/test_docs.py', 'test_lua'),
    'python': ('languages/python/test_docs.py', 'test_python'),
    'sh': ('test-shell.py', 'test_commands'),
    # A drawing, or the output of the program above it.
    'text': ('languages/python/test_docs.py', 'test_text'),
    'vala': ('languages/python/test_docs.py', 'test_vala'),
}
DRAWING = re.compile('[─│┌┐└┘├┤┬┴┼▶◀▼▲]')
FENCE = re.compile(r'^(?P<indent> *)```(?P<language>[^`\n]*)\n(?P<text>.*?)^(?P=indent)```$', re.M | re.S)
COMMENT = re.compile(r'^ *(/\*\*\n.*?\*/)', re.M | re.S)


class Block:
    def __init__(self, page, line, language, text, above):
        self.page = page
        self.line = line
        self.language = language
        self.text = text
        self.above = above      # the block directly above it, or None
        self.below = None
        if above:
            above.below = self

    def __str__(self):
        return f'{self.page}:{self.line}'

    @property
    def is_drawing(self):
        return self.language == 'text' and bool(DRAWING.search(self.text))


def find_blocks(page, text, line=1):
    """The blocks in @text, which begins in line @line of @page."""
    above, end = None, 0
    for match in FENCE.finditer(text):
        if text[end:match.start()].strip():
            above = None
        end = match.end()
        code = re.sub(f"^{match['indent']}", '', match['text'], flags=re.M)
        above = Block(page, line + text.count('\n', 0, match.start()), match['language'], code, above)
        yield above


def read_blocks(*languages):
    """All blocks, or those in @languages."""
    blocks = []
    for path in sorted([*ROOT.glob('*.md'), *(ROOT / 'doc').rglob('*.md')]):
        blocks += find_blocks(str(path.relative_to(ROOT)), path.read_text())
    for path in sorted((ROOT / 'qsource').rglob('*.[ch]')):
        text = path.read_text()
        for match in COMMENT.finditer(text):
            comment = re.sub(r'^ *\* ?', '', match[1], flags=re.M)
            blocks += find_blocks(str(path.relative_to(ROOT)), comment,
                                  1 + text.count('\n', 0, match.start(1)))
    assert len(blocks) > 80, len(blocks)
    return [block for block in blocks if not languages or block.language in languages]


def as_pattern(text):
    """What matches @text as an output: … and ... stand for anything, a number for any number."""
    words = re.split(r'(…|\.\.\.|\d+|\s+)', text.strip())
    kinds = ((r'…|\.\.\.', r'[\s\S]*?'), (r'\d+', r'\d+'), (r'\s+', r'\s+'))
    return ''.join(next((pattern for kind, pattern in kinds if re.fullmatch(kind, word)), re.escape(word))
                   for word in words)
