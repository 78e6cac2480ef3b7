#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the documentation as a site: runs gi-docgen, and adds what it has not.

  site.py GI-DOCGEN CONFIG GIR CONTENT GENERATED OUTPUT DEPFILE

The list in CONTENT/front.md gives the pages, their order and their groups. GENERATED is a
folder with pages that the build made. gi-docgen renders each page; then each one gets the
contents, and the previous and next page; the front page becomes the index; and a search that
works from file:// takes the place of the one that fetches its index."""

import html
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / 'site'
ENTRY = re.compile(r'\* \[([^\]]+)\]\(([^)#]+)(#[^)]*)?\)')
# gi-docgen rewrites %NAME, @name, #Name and name() in inline code, too. This keeps it from that,
# and is taken out again.
GUARD = '\u2060'
# The pages of gi-docgen whose names don't begin with the type that the index gives.
KINDS = {'bitfield': 'flags', 'constant': 'const', 'domain': 'error', 'function': 'func',
         'function_macro': 'func', 'interface': 'iface', 'record': 'struct'}


def guard(text):
    """Guards inline code outside of fenced blocks."""
    def guard_code(match):
        return re.sub(r'[%@#](?=\w)|\((?=\))', lambda sign: sign[0] + GUARD, match[0])
    parts = re.split(r'(^```.*?^```$)', text, flags=re.M | re.S)
    return ''.join(part if part.startswith('```') else re.sub(r'`[^`\n]+`', guard_code, part)
                   for part in parts)


class Contents:
    """What front.md lists: groups of entries, each a title and an address."""

    def __init__(self, front, known):
        self.groups, self.pages, lines = [], [], []
        for line in front.splitlines(keepends=True):
            heading, entry = re.match('### (.*)', line), ENTRY.match(line)
            if heading:
                self.groups.append((heading[1], []))
            if entry:
                title, page, anchor = entry.groups(default='')
                # A source that this build has not.
                if page.startswith('source-') and page not in known:
                    continue
                self.groups[-1][1].append((title, page + anchor))
                if not anchor and page in known:
                    self.pages.append((title, page))
            lines.append(line)
        self.front = ''.join(lines)
        listed = [page for _, page in self.pages]
        wrong = {page for page in listed if listed.count(page) > 1} | (set(known) ^ set(listed))
        if wrong:
            sys.exit(f"front.md must list each page once: {', '.join(sorted(wrong))}")

    def to_sidebar(self, page):
        parts = []
        for group, entries in self.groups:
            links = ''.join(f'<a href="{address}"{self.mark(address, page)}>{html.escape(title)}</a>'
                            for title, address in entries)
            parts.append(f'<div class="section"><h5>{group}</h5><div class="links">{links}</div></div>')
        return f'<div class="contents">{"".join(parts)}</div>'

    @staticmethod
    def mark(address, page):
        return ' class="current" aria-current="page"' if address == page else ''

    def to_steps(self, page):
        """The links to the page before, to the contents and to the page behind."""
        pages = [('Contents', 'index.html'), *self.pages]
        here = [address for _, address in pages].index(page)
        links = []
        for rel, step, arrow in ('prev', here - 1, '←\u00a0{}'), ('next', here + 1, '{}\u00a0→'):
            if 0 < step < len(pages):
                title, address = pages[step]
                links.append(f'<a rel="{rel}" href="{address}">{arrow.format(html.escape(title))}</a>')
            else:
                links.append('<span></span>')
        links.insert(1, '<a rel="contents" href="index.html#contents">Contents</a>')
        return f'<nav class="steps">{"".join(links)}</nav>'


class Sections(html.parser.HTMLParser):
    """The text of a page by headings: [anchor, heading, text]."""

    def __init__(self, text):
        super().__init__()
        self.sections, self._in_heading, self._depth = [['', '', '']], False, 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if re.fullmatch('h[1-6]', tag):
            self.sections.append([dict(attributes).get('id', ''), '', ''])
            self._in_heading = True

    def handle_endtag(self, tag):
        if re.fullmatch('h[1-6]', tag):
            self._in_heading = False

    def handle_data(self, data):
        self.sections[-1][1 if self._in_heading else 2] += data

    def to_list(self):
        return [[anchor, heading.strip(), ' '.join(text.split())]
                for anchor, heading, text in self.sections if heading or text.strip()]


def split_names(cell):
    """Lets the code in a cell of a table be wrapped between words of a name, after some characters."""
    def split_code(match):
        return ''.join(part if part.startswith('<') else
                       re.sub(r'(\w[\w./:=,]{7,}?[_./:=,])(?=\w{4})', r'\1<wbr>', part)
                       for part in re.split('(<[^>]*>)', match[0]))
    return re.sub('<code.*?</code>', split_code, cell[0], flags=re.S)


def insert(text, marker, addition, behind=False):
    """Adds to a page at a marker that gi-docgen must have written once."""
    if text.count(marker) != 1:
        sys.exit(f'gi-docgen writes {marker!r} {text.count(marker)} times')
    return text.replace(marker, marker + addition if behind else addition + marker)


def to_address(symbol):
    kind = KINDS.get(symbol['type'], symbol['type'])
    owner = symbol.get('type_name') or symbol.get('struct_for')
    return '.'.join([kind, *([owner] if owner else []), symbol['name'], 'html'])


def to_label(symbol, namespace):
    sign = {'property': ':', 'signal': '::', 'vfunc': '.'}.get(symbol['type'])
    if sign:
        return f"{namespace}{symbol['type_name']}{sign}{symbol['name']}"
    return symbol.get('ident') or symbol.get('ctype') or symbol['name']


class Site:
    def __init__(self, gidocgen, config, gir, output):
        self.gidocgen, self.config, self.gir = gidocgen, pathlib.Path(config), gir
        self.output = pathlib.Path(output)

    def generate(self, content, generated, depfile):
        sources = {path.stem + '.html': path for folder in (content, generated)
                   for path in sorted(pathlib.Path(folder).glob('*.md')) if path.name != 'front.md'}
        front = pathlib.Path(content) / 'front.md'
        self.contents = Contents(front.read_text(), sources)
        # Pages that are no more must not stay.
        shutil.rmtree(self.output, ignore_errors=True)
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            texts = {'front.md': self.contents.front}
            texts.update((sources[page].name, sources[page].read_text())
                         for _, page in self.contents.pages)
            for name, text in texts.items():
                (folder / name).write_text(guard(text))
            wanted = set(re.findall(r'[(/"]([\w-]+\.svg)[)"]', ''.join(texts.values())))
            pictures = sorted(path for path in (pathlib.Path(content) / 'pictures').glob('*.svg')
                              if path.name in wanted)
            for picture in pictures:
                shutil.copy(picture, folder)
            self.run_gidocgen(folder, list(texts), [picture.name for picture in pictures])
        self.finish()
        needs = [front, *sources.values(), *pictures, *sorted(HERE.iterdir())]
        pathlib.Path(depfile).write_text(
            f"{self.output}: {' '.join(str(path).replace(' ', chr(92) + ' ') for path in needs)}\n")

    def run_gidocgen(self, folder, pages, pictures):
        config = folder / 'site.toml'
        config.write_text(f'{self.config.read_text()}\n[extra]\ncontent_files = {json.dumps(pages)}\n'
                          f'content_images = {json.dumps(pictures)}\n')
        result = subprocess.run(
            [self.gidocgen, 'generate', '--quiet', '--fatal-warnings', '--no-namespace-dir',
             f'--config={config}', f'--output-dir={self.output}', f'--content-dir={folder}', self.gir])
        if result.returncode:
            sys.exit(result.returncode)

    def finish(self):
        (self.output / 'index.html').rename(self.output / 'reference.html')
        (self.output / 'front.html').rename(self.output / 'index.html')
        for path in self.output.glob('*.html'):
            path.write_text(self.to_page(path.name, path.read_text()))
        for path in self.output.glob('*.devhelp2'):
            path.write_text(re.sub('index.html(?=#)', 'reference.html', path.read_text())
                            .replace('"front.html"', '"index.html"'))
        with (self.output / 'style.css').open('a') as style:
            style.write((HERE / 'site.css').read_text())
        shutil.copy(HERE / 'search.js', self.output)
        (self.output / 'fzy.js').unlink()
        self.write_index()

    def to_page(self, name, text):
        text = text.replace(GUARD, '').replace('<script src="fzy.js"></script>', '')
        text = text.replace('href="front.html"', 'href="index.html"')
        # Newer versions of gi-docgen write these links with "-", and the anchors with "_".
        text = re.sub(r'(?<=href=")((?:error|enum|flags)\.\w+\.html#)([\w-]+)',
                      lambda link: link[1] + link[2].replace('-', '_'), text)
        text = re.sub('<td.*?</td>', split_names, text, flags=re.S)
        text = text.replace('<p><img ', '<p class="picture"><img ')
        text = re.sub('(<h3><a href="index.html">)[^<]*', r'\1QSource', text)
        text = insert(text, '<div class="section generator">', self.contents.to_sidebar(name))
        if any(name == page for _, page in self.contents.pages):
            steps = self.contents.to_steps(name)
            text = insert(text, '<section id="main" class="content">', steps, behind=True)
            # The last section of the page is that of the search.
            main, end, rest = text.partition('<section id="search"')
            inner, close, after = main.rpartition('</section>')
            before, toc, navbar = main.partition('<div id="toc"')
            if toc:
                inner, close, after = before.rpartition('</section>')
                after += toc + navbar
            text = inner + steps + close + after + end + rest
        return text

    def write_index(self):
        """The index of the search, as a script: file:// lets no page fetch anything."""
        path = self.output / 'index.json'
        index = json.loads(path.read_text())
        symbols = []
        for symbol in index['symbols']:
            if symbol['type'] == 'content':
                symbol['href'] = symbol['href'].replace('front.html', 'index.html')
                continue
            address = to_address(symbol)
            if not (self.output / address).exists():
                sys.exit(f'The index of gi-docgen has {symbol}, but there is no {address}')
            symbols.append([to_label(symbol, index['meta']['ns']), address, symbol['summary']])
        path.write_text(json.dumps(index))
        pages = [[title, page, self.read_sections(page)] for title, page in self.contents.pages]
        (self.output / 'index.js').write_text(
            f'window.siteIndex = {json.dumps({"pages": pages, "symbols": symbols})};\n')

    def read_sections(self, page):
        text = (self.output / page).read_text()
        text = text.partition('<section id="main"')[2].partition('<section id="search"')[0]
        text = re.sub('<nav class="steps">.*?</nav>', '', text, flags=re.S)
        return Sections('<' + text.partition('<div id="toc"')[0].partition('<')[2]).to_list()


if __name__ == '__main__':
    Site(*sys.argv[1:4], sys.argv[6]).generate(*sys.argv[4:6], sys.argv[7])
