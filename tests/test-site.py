#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documentation as a site: every link leads somewhere, every page is found, none is cut off.

  test-site.py SITE FRONT"""

import html.parser
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import urllib.parse

from chromium import Chromium

SITE = FRONT = None
CODE = ('code', 'pre', 'script', 'style')
WIDTHS = (360, 1300)
# Lines of code that are read only by scrolling, in a window that is wide enough for them.
TOO_LONG = '''[...document.querySelectorAll('.content pre')]
  .filter(e => e.scrollWidth > e.clientWidth)
  .map(e => e.textContent.split('\\n').sort((a, b) => b.length - a.length)[0])'''
# What is to the right or to the left of the page, and can't be scrolled to.
CUT_OFF = '''(() => {
  const found = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    found.push('the page');
  const isScrolled = e => { for (; e; e = e.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    if (!walker.currentNode.data.trim()) continue;
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width && (box.right > width + 1 || box.left < -1) && !isScrolled(walker.currentNode.parentElement))
      found.push(walker.currentNode.data.trim().slice(0, 60));
  }
  for (const image of document.images) {
    const box = image.getBoundingClientRect();
    if (!image.naturalWidth) found.push(`${image.src} is broken`);
    else if (box.right > width + 1 && !isScrolled(image)) found.push(image.src);
  }
  return found;
})()'''

# Words in tables that a narrow column has torn apart: each piece stands in one line.
TORN = '''(() => {
  const found = [], range = document.createRange();
  for (const cell of document.querySelectorAll('.content td, .content th')) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode())
      for (const word of walker.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
        range.setStart(walker.currentNode, word.index);
        range.setEnd(walker.currentNode, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1)
          found.push(word[0]);
      }
  }
  return found;
})()'''

# Text that can hardly be read: its contrast to what is behind it is below 4.5 to 1 (WCAG 2).
PALE = '''(() => {
  const found = new Set();
  const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const brightness = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const parse = color => { const c = color.match(/[\\d.]+/g).map(Number); return [...c.slice(0, 3), c[3] ?? 1]; };
  const blend = (over, under) => under.slice(0, 3).map((v, i) => v * (1 - over[3]) + over[i] * over[3]);
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.unshift(parse(getComputedStyle(e).backgroundColor));
    return layers.reduce((under, over) => blend(over, under), [255, 255, 255]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const color = parse(getComputedStyle(element).color);
    if (!walker.currentNode.data.trim() || color[3] === 0 || !element.checkVisibility()) continue;
    const under = behind(element);
    const [dark, bright] = [brightness(blend(color, under)), brightness(under)].sort((a, b) => a - b);
    if ((bright + 0.05) / (dark + 0.05) < 4.5)
      found.add(`${element.tagName}.${element.className} ${walker.currentNode.data.trim().slice(0, 20)}`);
  }
  return [...found];
})()'''


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.rel, self.texts = set(), [], {}, []
        self.prose, self._codes = [], 0
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.update(attributes[name] for name in ('id', 'name') if name in attributes)
        self.links += [attributes[name] for name in ('href', 'src') if name in attributes]
        if tag == 'a' and 'rel' in attributes:
            self.rel.setdefault(attributes['rel'], set()).add(attributes['href'])
        self._codes += tag in CODE

    def handle_endtag(self, tag):
        self._codes -= tag in CODE

    def handle_data(self, data):
        self.texts.append(data)
        if not self._codes:
            self.prose.append(data)


class TestPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pages = {path.name: Page(path) for path in sorted(SITE.glob('*.html'))}

    def targets(self, name):
        """The links of a page to this site: (file, anchor)"""
        for link in self.pages[name].links:
            url = urllib.parse.urlsplit(link)
            if not url.scheme and not url.netloc and url.path + url.fragment:
                yield url.path or name, urllib.parse.unquote(url.fragment)

    def test_links(self):
        """Each link, picture and script is there, and so is the anchor"""
        broken = {f'{name}: {path}#{anchor}' for name in self.pages
                  for path, anchor in self.targets(name)
                  if not (SITE / path).exists()
                  or anchor and path in self.pages and anchor not in self.pages[path].ids}
        self.assertEqual(broken, set())

    def test_reachable(self):
        """Each page is found from the front page"""
        reached, waiting = set(), ['index.html']
        while waiting:
            name = waiting.pop()
            if name in self.pages and name not in reached:
                reached.add(name)
                waiting += [path for path, _ in self.targets(name)]
        self.assertEqual(set(self.pages) - reached, set())

    def test_chain(self):
        """Next leads through all the pages in the order of the contents, and previous back"""
        listed = re.findall(r'^\* \[[^]]+\]\(([^)#]+)\)', FRONT.read_text(), re.M)
        expected = [name for name in listed if name in self.pages
                    and name not in ('reference.html', 'classes_hierarchy.html')]
        self.assertEqual(expected, sorted(set(expected), key=expected.index))
        written = {path.stem + '.html' for path in FRONT.parent.glob('*.md')} - {FRONT.stem + '.html'}
        self.assertLessEqual(written, set(expected))
        for before, name, behind in zip([None, *expected], expected, [*expected[1:], None]):
            rel = self.pages[name].rel
            self.assertEqual(rel.get('prev', {None}), {before}, name)
            self.assertEqual(rel.get('next', {None}), {behind}, name)
            self.assertEqual(rel['contents'], {'index.html#contents'}, name)

    def test_code(self):
        """What stands in inline code stays as it was written"""
        for path in FRONT.parent.glob('*.md'):
            text = re.sub(r'^ *```.*?^ *```', '', path.read_text(), flags=re.M | re.S)
            page = self.pages['index.html' if path == FRONT else path.stem + '.html']
            shown = ''.join(page.texts)
            self.assertNotIn('\u2060', shown)
            for code in re.findall('`([^`\n]+)`', text):
                # gi-docgen makes links of these.
                if re.search('[%@#][A-Za-z]|[(][)]', code) and not re.search(r'\w@\w+[.:]|\[', code):
                    self.assertTrue(code.replace('\\|', '|') in shown, f'{path.name}: {code}')
        self.assertIn('QSOURCE_STATE_DIR=%S/', ''.join(self.pages['systemd.html'].texts))

    def test_marks(self):
        """No mark of Markdown is left in the prose, as of bold text that ends as if it was italic"""
        left = {f'{name}: {text.strip()[:60]}' for name, page in self.pages.items() for text in page.prose
                if re.search(r'\*(?!\.)|`|\[\w+@', text)}
        self.assertEqual(left, set())

    def test_index(self):
        """Whatever the search or Devhelp finds is there"""
        text = (SITE / 'index.js').read_text()
        index = json.loads(text[text.index('{'):text.rindex('}') + 1])
        self.assertGreater(len(index['symbols']), 300)
        for _, address, sections in index['pages']:
            for anchor, heading, _ in sections:
                self.assertIn(anchor, self.pages[address].ids | {''}, f'{address}: {heading}')
        for _, address, _ in index['symbols']:
            self.assertIn(address, self.pages)
        book, = SITE.glob('*.devhelp2')
        for address, _, anchor in (link.partition('#') for link in
                                   re.findall(' link="([^"]+)"', book.read_text())):
            self.assertIn(address, self.pages)
            self.assertIn(anchor, self.pages[address].ids | {''}, address)


@unittest.skipUnless(shutil.which('chromium') or os.environ.get('CI'), 'there is no chromium')
class TestChromium(unittest.TestCase):
    """From file://, as it is installed"""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(directory.cleanup)
        cls.browser = Chromium(directory.name)
        cls.addClassCleanup(cls.browser.close)

    def resize(self, width):
        self.browser.call('Emulation.setDeviceMetricsOverride', width=width, height=900,
                          deviceScaleFactor=1, mobile=False)

    def open(self, address):
        url = f'{SITE.as_uri()}/{address}'
        self.browser.call('Page.navigate', url=url)
        self.browser.wait_for(f'document.readyState === "complete" && location.href.startsWith({url!r})')

    def test_width(self):
        """Nothing is wider than the window, cut off, missing or torn apart, and code fits a wide one"""
        found = {}
        for path in sorted(SITE.glob('*.html')):
            self.resize(WIDTHS[0])
            self.open(path.name)
            for width in WIDTHS:
                self.resize(width)
                cut_off = self.browser.evaluate(CUT_OFF)
                torn = self.browser.evaluate(TORN)
                if cut_off or torn:
                    found[f'{path.name} at {width}'] = cut_off + torn
            too_long = self.browser.evaluate(TOO_LONG)
            if too_long:
                found[path.name] = too_long
        self.assertEqual(found, {})
        errors = [event['params']['entry'] for event in self.browser.events
                  if event.get('method') == 'Log.entryAdded'
                  and event['params']['entry']['level'] == 'error']
        thrown = [event['params'] for event in self.browser.events
                  if event.get('method') == 'Runtime.exceptionThrown']
        self.assertEqual(errors + thrown, [])

    def set_scheme(self, scheme):
        self.browser.call('Emulation.setEmulatedMedia',
                          features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def test_contrast(self):
        """Text and code can be read, on a light page and on a dark one"""
        self.addCleanup(self.set_scheme, '')
        written = {f'{path.stem}.html' for path in FRONT.parent.glob('*.md')} - {f'{FRONT.stem}.html'}
        found = {}
        for address in sorted(written | {'index.html', 'class.Source.html'}):
            for scheme in 'light', 'dark':
                self.set_scheme(scheme)
                self.open(address)
                pale = self.browser.evaluate(PALE)
                if pale:
                    found[f'{address}, {scheme}'] = pale
        self.assertEqual(found, {})

    def test_dark(self):
        """What the browser draws, such as scroll bars, is as dark as the page"""
        self.addCleanup(self.set_scheme, '')
        self.open('index.html')
        for scheme in 'dark', 'light':
            self.set_scheme(scheme)
            color = self.browser.evaluate('''(() => {
                const probe = document.createElement('i');
                probe.style.color = 'Canvas';
                document.querySelector('.content').append(probe);
                const color = getComputedStyle(probe).color;
                probe.remove();
                return color; })()''')
            brightness = max(int(word) for word in re.findall(r'\d+', color)[:3])
            self.assertEqual(brightness < 128, scheme == 'dark', (scheme, color))

    def search(self, text):
        self.browser.evaluate(f'''(() => {{
            const input = document.getElementById('search-input');
            input.focus(); input.value = {json.dumps(text)};
            input.dispatchEvent(new Event('input')); }})()''')
        self.browser.wait_for("document.querySelector('#search h1')?.textContent"
                              f".includes({json.dumps(f'“{text}”')})")
        return self.browser.evaluate("[...document.querySelectorAll('#search a')]"
                                     ".map(a => a.getAttribute('href'))")

    def test_search(self):
        """Pages and symbols are found by their names, pages also by what they say"""
        self.resize(WIDTHS[1])
        for page in 'index.html', 'method.Source.flush.html':
            self.open(page)
            self.assertIn('operations.html#dead-letters', self.search('dead letters')[:3])
            self.assertEqual(self.search('qs_source_flush')[0], 'method.Source.flush.html')
            self.assertEqual(self.search('max-restarts')[0], 'property.Application.max-restarts.html')
            self.assertIn('systemd.html#notifications', self.search('NOTIFY_SOCKET'))
            self.assertEqual(self.search('<img src=x>'), [])
        self.open('index.html?q=watchdog')
        self.browser.wait_for("!!document.querySelector('#search a[href^=\"systemd.html\"]')")
        self.search('glossary')
        self.browser.evaluate("document.querySelector('#search a').click()")
        self.browser.wait_for("location.pathname.endsWith('/glossary.html')")


if __name__ == '__main__':
    SITE, FRONT = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main(verbosity=2)
