// SPDX-License-Identifier: LGPL-2.1-or-later
// Searches pages and symbols. The index is a script, which can be loaded from file://, too;
// it is loaded when somebody first searches.
'use strict';

(() => {
  const MOST = 60, AROUND = 70;
  const $ = id => document.getElementById(id);
  let loading;

  function load () {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = 'index.js';
      script.onload = () => resolve(window.siteIndex);
      script.onerror = () => reject(new Error('The index of the search, index.js, cannot be read.'));
      document.head.append(script);
    });
    return loading;
  }

  function hasAll (text, words) {
    return words.every(word => text.includes(word));
  }

  // A name is found with or without its separators: "dead letter topic" finds dead-letter-topic.
  function flatten (text) {
    return text.toLowerCase().replace(/[\s_:.-]+/g, '');
  }

  function findSymbols (symbols, words) {
    const parts = words.map(flatten).filter(part => part);
    const whole = parts.join('');
    return symbols
      .map(([label, address, summary]) => ({label, address, summary, isCode: true, name: flatten(label)}))
      .filter(symbol => parts.length && hasAll(symbol.name, parts))
      .sort((a, b) => b.name.endsWith(whole) - a.name.endsWith(whole) || a.name.length - b.name.length);
  }

  function cut (text, words) {
    const at = Math.min(...words.map(word => text.toLowerCase().indexOf(word)).filter(i => i >= 0));
    if (!Number.isFinite(at))
      return text.slice(0, 2 * AROUND) + (text.length > 2 * AROUND ? '…' : '');
    const from = Math.max(0, at - AROUND), to = at + AROUND;
    return (from ? '…' : '') + text.slice(from, to) + (to < text.length ? '…' : '');
  }

  function findPages (pages, words) {
    const found = [];
    for (const [title, address, sections] of pages) {
      const inTitle = hasAll(title.toLowerCase(), words);
      if (inTitle)
        found.push({label: title, address, summary: cut(sections.map(s => s[2]).join(' '), words), weight: 0});
      for (const [anchor, heading, text] of sections) {
        const inHeading = hasAll(heading.toLowerCase(), words);
        if (!inHeading && !hasAll(`${title} ${heading} ${text}`.toLowerCase(), words) ||
            inTitle && !inHeading)
          continue;
        found.push({label: heading && heading !== title ? `${title}: ${heading}` : title,
          address: anchor ? `${address}#${anchor}` : address,
          summary: cut(text, words), weight: inHeading ? 1 : 2});
      }
    }
    return found.sort((a, b) => a.weight - b.weight);
  }

  function makeElement (tag, ...children) {
    const element = document.createElement(tag);
    element.append(...children);
    return element;
  }

  function show (query, found) {
    const list = makeElement('dl');
    for (const {label, address, summary, isCode} of found.slice(0, MOST)) {
      const link = makeElement('a', isCode ? makeElement('code', label) : label);
      link.href = address;
      // The page of the search itself is left by a link to one of its own sections, too.
      link.addEventListener('click', () => hide());
      const about = makeElement('dd');
      about.textContent = summary;
      list.append(makeElement('dt', link), about);
    }
    const left = found.length - MOST;
    $('search').replaceChildren(
      makeElement('h1', `Results for “${query}” (${found.length})`), list,
      makeElement('p', left > 0 ? `${left} more: name more words.` : found.length ? '' : 'Nothing was found.'));
    toggle(true);
    window.scroll({top: 0});
  }

  function toggle (isSearching) {
    $('search').classList.toggle('hidden', !isSearching);
    for (const id of ['main', 'toc'])
      $(id)?.classList.toggle('hidden', isSearching);
  }

  function hide () {
    toggle(false);
  }

  async function search () {
    const query = $('search-input').value.trim();
    const address = new URL(window.location);
    if (query)
      address.searchParams.set('q', query);
    else
      address.searchParams.delete('q');
    window.history.replaceState(null, '', address);
    if (!query)
      return hide();
    const words = query.toLowerCase().split(/\s+/);
    try {
      const {pages, symbols} = await load();
      if ($('search-input').value.trim() !== query)
        return;
      const isName = /[_:]|^qs|\(/.test(query.toLowerCase());
      const found = [findPages(pages, words), findSymbols(symbols, [query.replace(/[()]/g, '')])];
      const good = found[0].filter(page => page.weight < 2);
      show(query, isName ? [...found[1], ...found[0]]
        : [...good, ...found[1], ...found[0].filter(page => page.weight === 2)]);
    } catch (error) {
      show(query, []);
      $('search').append(makeElement('p', error.message));
    }
  }

  document.addEventListener('DOMContentLoaded', () => {
    const input = $('search-input');
    input.placeholder = 'Pages and symbols';
    input.setAttribute('aria-label', 'Search pages and symbols');
    input.addEventListener('focus', () => load().catch(() => {}));
    input.addEventListener('input', search);
    $('search-form').addEventListener('submit', event => {
      event.preventDefault();
      const first = document.querySelector('#search a');
      if (first)
        window.location.href = first.href;
    });
    const sidebar = document.querySelector('.sidebar'), current = sidebar.querySelector('.contents .current');
    if (current && sidebar.scrollHeight > sidebar.clientHeight)
      sidebar.scrollTop = current.offsetTop - sidebar.clientHeight / 2;
    const query = new URLSearchParams(window.location.search).get('q');
    if (query) {
      input.value = query;
      search();
    }
  });
})();
