#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when text that people read breaks a rule of doc/style.md that a machine can see.

  check-prose.py ROOT words     no comment, message or page has a word that is ruled out
  check-prose.py ROOT summaries comments begin with a verb or a noun, tables are whole
  check-prose.py ROOT self      the check finds what it looks for"""

import io
import pathlib
import re
import sys
import tokenize

FOLDERS = ('qsource', 'tools/qsource', 'introspection', 'doc')
# They quote the words.
EXEMPT = {'style.md', 'glossary.md'}

# A name in code, such as @tell, tell() or .told, is not prose.
WORD = r'(?<![@\w.`\'"/-])(?:%s)(?![\w(`.]\w|\()'
WORDS = [
    (re.compile(WORD % r'may\s+not', re.I), "write 'must not' or 'might not'"),
    (re.compile(WORD % r'tells?|told|telling', re.I),
     "write 'report', 'return', 'log', 'say' or 'distinguish'"),
    (re.compile(WORD % r'(?:its|his|their) own affair', re.I), "write 'up to'"),
    (re.compile(WORD % r'l(?:ies?|ying|ay) in each other', re.I), "write 'nested'"),
]

# Strings and characters come first, so that what looks like a comment in them is none.
C_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)
JS_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`|/\*.*?\*/|//[^\n]*', re.S)
LUA_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|--[^\n]*')
# All of them is prose, or near enough.
WHOLE = {'.md', '.xml', '.template'}
TOKENS = {'.c': C_TOKEN, '.h': C_TOKEN, '.cc': C_TOKEN, '.js': JS_TOKEN, '.lua': LUA_TOKEN}


def line_at(text, position):
    return text.count('\n', 0, position) + 1


def python_prose(text):
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            yield token.start[0], token.string


def prose(suffix, text):
    """The line and the text of each comment and string, or of all of it."""
    if suffix in WHOLE:
        yield 1, text
    elif suffix == '.py':
        yield from python_prose(text)
    else:
        for match in TOKENS[suffix].finditer(text):
            # A list of names for the linter is code.
            if not match.group().startswith('/* exported '):
                yield line_at(text, match.start()), match.group()


def joined(text):
    """A comment of several lines as one text, in which each line keeps its length."""
    return re.sub(r'\n[ \t]*(?:\*|//|--|#)?', lambda match: '\n' + ' ' * (len(match.group()) - 1), text)


def find_words(suffix, text):
    for line, part in prose(suffix, text):
        part = joined(part)
        for pattern, advice in WORDS:
            for match in pattern.finditer(part):
                yield line + part.count('\n', 0, match.start()), f"'{' '.join(match.group().split())}': {advice}"


COMMENT = re.compile(r'/\*(?!\*)[\s*]*((?:What|Which|Whose|Who|Whatever|Whoever) [^*\n]*)')
DOC = re.compile(r'/\*\*\n(.*?)\*/', re.S)
FUNCTION = re.compile(r'[a-z][a-z0-9_]*:')
# What the thing is called comes later: no relative clause stands in front.
CLAUSE = re.compile(r'(?:What|Which|Whose|Who|Whatever|Whoever) ')
BLURB = re.compile(r'(?:NULL,\s*|\{ "[a-z-]+",\s*)"((?:What|Which|Whose|Who|Whatever|Whoever) [^"]*)"')
UNFINISHED_ROW = re.compile(r'^\|.*[^|\s]$')


def description(lines):
    """The index of the first line after name and parameters."""
    for index, line in enumerate(lines[1:], 1):
        if not line:
            return index + 1 if index + 1 < len(lines) else None
    return None


def find_summaries(text):
    for match in DOC.finditer(text):
        start = line_at(text, match.start()) + 1
        lines = [re.sub(r'^[ \t]*\* ?', '', line).rstrip() for line in match.group(1).split('\n')]
        index = description(lines)
        if index is not None:
            first = lines[index]
            if CLAUSE.match(first):
                yield start + index, f"'{first}' begins with a relative clause"
            elif FUNCTION.match(lines[0]) and re.match(r"[A-Z][\w'-]* ", first):
                if not first.split()[0].endswith('s'):
                    yield start + index, f"'{first}': a function's documentation begins with a verb: 'Gets'"
        for number, line in enumerate(lines):
            if UNFINISHED_ROW.match(line):
                yield start + number, f"'{line}': a row of a table is one line"
    for pattern in COMMENT, BLURB:
        for match in pattern.finditer(text):
            yield line_at(text, match.start(1)), f"'{match.group(1).strip()}' begins with a relative clause"


def files(root, suffixes):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob('*')):
            if path.suffix in suffixes and path.name not in EXEMPT:
                yield path


def check(root, suffixes, find):
    bad = [f'{path}:{line}: {problem}' for path in files(root, suffixes)
           for line, problem in find(path.suffix, path.read_text())]
    print('\n'.join(bad))
    return bool(bad)


WRONG = [
    ('.c', '/* An overridden one may\n * not chain up. */', ["1 'may not': ", "write 'must not'"]),
    ('.c', 'x = 1;\ny = "it is told so";', ["2 'told': "]),
    ('.py', '# It tells.\nx = 1\n', ["1 'tells': "]),
    ('.js', 'x = 1;\n// He told.\n', ["2 'told': "]),
    ('.lua', '-- It may not be.\n', ["1 'may not': "]),
    ('.md', 'a\nb tells c\n', ["2 'tells': "]),
    ('.h', '/* Values lie in each other. */', ["1 'lie in each other': "]),
]
RIGHT = [
    ('.c', 'tell (told); /* @tell: whether; tell() is called; what `told` holds */ g (x->told);'),
    ('.py', 'def tell(told):\n    return told\n'),
    ('.c', '/* It must not, and might not. */'),
]
WRONG_SUMMARIES = [
    '/**\n * qs_x:\n * @self: a\n *\n * Tell it.\n */',
    '/**\n * QsX:prop:\n *\n * What it is.\n */',
    '/**\n * qs_x:\n *\n * Gets it.\n *\n * | a | b\n * c |\n */',
    'g_param_spec_string (\n  "a", NULL, "What it is", NULL, flags);',
    '  { "broker-address",\n    "Which broker", }',
    '/*\n * What it is.\n */',
]
RIGHT_SUMMARIES = [
    '/**\n * qs_x:\n * @self: a\n *\n * Gets it.\n *\n * Returns: b\n */',
    '/**\n * QsX:\n *\n * Base class of all.\n */',
    '/**\n * qs_x:\n *\n * Gets it.\n *\n * | a | b |\n */',
]


def check_self():
    for suffix, text, parts in WRONG:
        found = [f'{line} {problem}' for line, problem in find_words(suffix, text)]
        assert len(found) == 1 and all(part in found[0] for part in parts), (text, found)
    for suffix, text in RIGHT:
        found = list(find_words(suffix, text))
        assert not found, (text, found)
    for text in WRONG_SUMMARIES:
        found = list(find_summaries(text))
        assert len(found) == 1, (text, found)
    for text in RIGHT_SUMMARIES:
        found = list(find_summaries(text))
        assert not found, (text, found)
    return 0


def main(root, rule):
    if rule == 'self':
        return check_self()
    if rule == 'words':
        return check(pathlib.Path(root), {'.py', *WHOLE, *TOKENS}, find_words)
    return check(pathlib.Path(root), {'.c', '.h', '.cc'}, lambda suffix, text: find_summaries(text))


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
