#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the pages that people read: README.md and its neighbors, NEWS, doc/.

  check-docs.py ROOT links             each link leads to a file, a page or a heading
  check-docs.py ROOT blocks            each block of code is of a language that a test runs
  check-docs.py ROOT lists             a number that ends a sentence does not begin a list
  check-docs.py ROOT spelling ASPELL   each word is American English, or is in doc/words.txt
  check-docs.py ROOT spelling ASPELL GIR
                                       the same of the documentation comments
  check-docs.py ROOT defaults GIR      each setting is documented with its default
"""

import html
import pathlib
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree

import doc_blocks

CODE_BLOCK = re.compile(r'^```.*?^```$', re.M | re.S)
INLINE_CODE = re.compile(r'`[^`]*`')
LINK = re.compile(r'!?\[([^\]]*)\]\(([^)\s]+)\)')
# What gi-docgen links: [method@Source.flush], [func@Qs.is_worker].
SYMBOL = re.compile(r'\[[a-z]+@[\w.:-]+\]')


def blank(match):
    """Keeps the numbers of the lines."""
    return '\n' * match[0].count('\n')


class Page:
    def __init__(self, path, text, folder):
        self.path = path
        self.folder = folder
        self.is_of_site = 'doc' in path.parts
        slug = re.search(r'^Slug: (.*)$', text, re.M)
        self.slug = slug[1] if slug else None
        self.text = CODE_BLOCK.sub(blank, text)
        self.headings = {slugify(title) for title in re.findall(r'^#+ (.*)$', self.text, re.M)}

    def lines(self, text):
        return enumerate(text.split('\n'), 1)


def slugify(heading):
    """The anchor of a heading, as Python-Markdown and GitHub make it."""
    text = unicodedata.normalize('NFKD', re.sub(r'[`*]|\]\([^)]*\)', '', heading))
    text = re.sub(r'[^\w\s-]', '', text.encode('ascii', 'ignore').decode()).strip().lower()
    return re.sub(r'[-\s]+', '-', text)


def read_pages(root):
    paths = [*root.glob('*.md'), root / 'NEWS', *(root / 'doc').rglob('*.md')]
    return [Page(path.relative_to(root), path.read_text(), path.parent) for path in sorted(paths)]


def read_comments(gir):
    """All documentation comments as one page."""
    comments = re.findall(r'<doc [^>]*>(.*?)</doc>', gir.read_text(), re.S)
    assert len(comments) > 1000, len(comments)
    text = html.unescape('\n'.join(comments))
    return Page(gir, re.sub(r'\|\[.*?\]\||(?<!\w)[@%]\w+', blank, text, flags=re.S), gir.parent)


# Pages that the site's build makes: tests/test-site.py looks whether they are there.
GENERATED = {'reference.html', 'classes_hierarchy.html'}


def broken(page, target, by_slug):
    """Why a link leads nowhere; None if it leads somewhere."""
    if re.match(r'https?:', target):
        return None
    name, _, anchor = target.partition('#')
    if name in GENERATED:
        return None
    if not name:
        there = page
    elif name.endswith('.html'):
        there = by_slug.get(name.removesuffix('.html'))
        if there is None and not page.is_of_site:
            return 'is no file'
    else:
        found = [folder / name for folder in (page.folder, page.folder / 'pictures')]
        return None if any(path.exists() for path in found) else 'is no file'
    if there is None:
        return 'is no page'
    return f'{there.path} has no such heading' if anchor and anchor not in there.headings else None


def check_links(pages):
    by_slug = {page.slug: page for page in pages if page.slug}
    for page in pages:
        for match in LINK.finditer(page.text):
            reason = broken(page, match[2], by_slug)
            if reason:
                line = page.text.count('\n', 0, match.start()) + 1
                yield f'{page.path}:{line}: {match[2]}: {reason}'


def check_blocks(pages):
    """The runner of a language goes through all of its blocks, so the language is enough."""
    for language, (path, name) in doc_blocks.RUNNERS.items():
        if f'def {name} ' not in (doc_blocks.ROOT / 'tests' / path).read_text().replace('(', ' '):
            yield f'tests/doc_blocks.py: {language}: {path} has no {name}()'
    for block in doc_blocks.read_blocks():
        if block.language not in doc_blocks.RUNNERS:
            yield f'{block}: no test runs blocks of "{block.language}"; known are ' + \
                ', '.join(doc_blocks.RUNNERS)


def check_lists(pages):
    """Markdown takes a line that begins with "12. " for the item of a list."""
    for page in pages:
        lines = page.text.split('\n')
        for number, (above, line) in enumerate(zip(lines, lines[1:]), 2):
            if re.match(r' {0,3}\d+[.)] ', line) and above.strip() \
                    and not re.match(r' {0,3}\d+[.)] | {2,}', above):
                yield f'{page.path}:{number}: begins a list within a paragraph: "{line[:40]}"'


def prose(page):
    """The text without what is no English."""
    text = re.sub(r'^Slug:.*$', '', page.text, flags=re.M)
    text = re.sub(r'<!-- values.*?<!-- end values', blank, text, flags=re.S)
    text = INLINE_CODE.sub(blank, text)
    text = LINK.sub(lambda match: match[1] + blank(match), text)
    text = SYMBOL.sub('', text)
    # Names of files, functions, variables and classes.
    return re.sub(r'\S*(?:[/@_=]|\w\.\w|\(\))\S*|\b\w+[A-Z]\w*|\b\w*\d\w*', '', text)


def check_spelling(pages, root, aspell):
    lines = (root / 'doc' / 'words.txt').read_text().splitlines()
    known = {line for line in lines if not line.startswith('#')}
    command = [aspell, '--lang=en_US', '--encoding=utf-8', '--mode=none', '--ignore=2', 'list']
    for page in pages:
        text = prose(page)
        listed = subprocess.run(command, input=text, check=True, capture_output=True, text=True)
        for word in sorted(set(listed.stdout.split())):
            base = word.removesuffix("'s")
            if base in known or base[0].lower() + base[1:] in known:
                continue
            line = next((number for number, line in page.lines(text) if word in line), 0)
            yield f'{page.path}:{line}: "{word}": misspelled, or missing in doc/words.txt'


def check_defaults(gir):
    """Of properties that can be set and are numbers, true or false, or words from an enumeration."""
    name = '{http://www.gtk.org/introspection/core/1.0}'
    tree = xml.etree.ElementTree.parse(gir)
    kinds = {'gboolean', 'gdouble', 'gint', 'gint64', 'guint', 'guint64'} | {
        kind.get('name') for kind in tree.iter(f'{name}enumeration')}
    found = [(owner.get('name'), setting, setting.find(f'{name}type')) for owner in tree.iter(f'{name}class')
             for setting in owner.findall(f'{name}property') if setting.get('writable') == '1']
    found = [(owner, setting) for owner, setting, kind in found if kind is not None and kind.get('name') in kinds]
    assert len(found) > 40, len(found)
    for owner, setting in found:
        if not re.search(r'\bdefault\b|unless\s+it\s+is\s+set', setting.findtext(f'{name}doc', '')):
            yield f"{owner}:{setting.get('name')}: the documentation gives no default"


def find_problems(root, rule, *more):
    if rule == 'defaults':
        return check_defaults(*more)
    if rule == 'spelling':
        aspell, *gir = more
        pages = [read_comments(pathlib.Path(path)) for path in gir] or read_pages(root)
        return check_spelling(pages, root, aspell)
    checks = {'blocks': check_blocks, 'links': check_links, 'lists': check_lists}
    pages = read_pages(root)
    assert len(pages) > 20, pages
    return checks[rule](pages)


def main(root, *more):
    problems = list(find_problems(pathlib.Path(root), *more))
    print('\n'.join(problems))
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
