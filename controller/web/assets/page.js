// SPDX-License-Identifier: GPL-2.0-or-later
// What a page gains by a script: keys, and a console that goes on. Every page is whole without it.
'use strict';
(() => {
const LINES_MAX = 5000;
const log = document.getElementById('log');

// ---- places in a console --------------------------------------------------------------------------
// "#L120" or "#L120-L160": the lines, or the part of the console that has them.
function lines_of(hash) {
	const m = /^#L(\d+)(?:-L(\d+))?$/.exec(hash);
	return m && [Number(m[1]), Number(m[2] || m[1])];
}
function show_lines() {
	const range = lines_of(location.hash);
	if (!log || !range)
		return;
	const first = document.getElementById('L' + range[0]);
	if (!first) {
		const asked = new URLSearchParams(location.search);
		if (!log.dataset.live && asked.get('line') !== String(range[0]))
			location.replace(location.pathname + '?line=' + range[0] + location.hash);
		return;
	}
	for (const old of log.querySelectorAll('.here'))
		old.classList.remove('here');
	for (let n = range[0]; n <= range[1] && n < range[0] + LINES_MAX; n++) {
		const line = document.getElementById('L' + n);
		if (line)
			line.classList.add('here');
	}
	const folded = first.closest('details');
	if (folded)
		folded.open = true;
	first.scrollIntoView({block: 'center'});
}
addEventListener('hashchange', show_lines);
show_lines();
if (log)
	log.addEventListener('click', event => {
		const link = event.target.closest('span a');
		const from = lines_of(location.hash);
		if (!link || !event.shiftKey || !from)
			return;
		const to = Number(link.textContent);
		event.preventDefault();
		location.hash = '#L' + Math.min(from[0], to) + '-L' + Math.max(from[0], to);
	});

// Copies the chosen lines as a mail quotes them.
function quote() {
	const range = lines_of(location.hash);
	if (!log || !range || !navigator.clipboard)
		return;
	let text = location.href + '\n';
	for (const line of log.querySelectorAll('.here'))
		text += '> ' + line.querySelector('b').textContent + '\n';
	navigator.clipboard.writeText(text);
}

// ---- keys -----------------------------------------------------------------------------------------
const rows = () => [...document.querySelectorAll('main tbody tr')].filter(r => r.querySelector('a'));
function step_row(by) {
	const all = rows();
	const at = all.findIndex(r => r.classList.contains('here'));
	const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
	if (!next)
		return;
	if (at >= 0)
		all[at].classList.remove('here');
	next.classList.add('here');
	next.querySelector('a').focus({preventScroll: true});
	next.scrollIntoView({block: 'nearest'});
}
function step_line(by) {
	const range = lines_of(location.hash);
	const first = log.querySelector('pre span');
	const next = range ? range[0] + by : first ? Number(first.id.slice(1)) : 0;
	if (document.getElementById('L' + next))
		location.hash = '#L' + next;
}
function step_splat(by) {
	if (!log)
		return;
	const all = [...log.querySelectorAll('.begins')].map(s => Number(s.id.slice(1)));
	const range = lines_of(location.hash);
	const at = range ? range[0] : 0;
	const next = by > 0 ? all.find(n => n > at) : all.reverse().find(n => n < at);
	if (next)
		location.hash = '#L' + next;
}
const places = {b: '/boards', r: '/', n: '/nights', f: '/findings', q: '/queue', m: '/metrics-list'};
function help() {
	const box = document.createElement('dialog');
	box.setAttribute('aria-label', 'Keys');
	const keys = [['j k', 'next, previous row or line'], ['Enter', 'open the row'],
		['n N', 'next, previous splat of a console'], ['c', 'copy the chosen lines as a quote'],
		['/', 'search'], ['g b', 'boards'], ['g r', 'what changed'], ['g n', 'nights'],
		['g f', 'findings'], ['g q', 'queue'], ['Esc', 'close this']];
	const list = document.createElement('dl');
	for (const [key, text] of keys) {
		const dt = document.createElement('dt'), dd = document.createElement('dd');
		const k = document.createElement('kbd');
		k.textContent = key;
		dt.append(k);
		dd.textContent = text;
		list.append(dt, dd);
	}
	box.append(list);
	box.addEventListener('close', () => box.remove());
	document.body.append(box);
	box.showModal();
}
let going = false;
addEventListener('keydown', event => {
	if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName))
		return;
	const key = event.key;
	if (going && places[key]) {
		location.href = places[key];
		return;
	}
	going = key === 'g';
	if (key === 'j' || key === 'k')
		(log ? step_line : step_row)(key === 'j' ? 1 : -1);
	else if (key === 'n' || key === 'N')
		step_splat(key === 'n' ? 1 : -1);
	else if (key === 'c')
		quote();
	else if (key === '?')
		help();
	else if (key === '/') {
		event.preventDefault();
		const field = document.getElementById('asked');
		if (field)
			field.focus();
		else
			location.href = '/search';
	}
});

// ---- a console that goes on -----------------------------------------------------------------------
// The server sends bytes in base64 with the offset behind them as the event's id, so that nothing is
// lost or said twice when the connection breaks.
function follow() {
	const into = document.getElementById('lines'), state = document.getElementById('live');
	const last = into.lastElementChild || log.querySelector('pre span:last-child');
	let number = last ? Number(last.id.slice(1)) : 0, line = null, begun = '';
	const text = new TextDecoder();
	const source = new EventSource(log.dataset.live + '?skip=1&from=' + log.dataset.offset);
	const visible = s => s.replace(/\r+$/, '').replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '')
		.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
			c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
	function open_line() {
		line = document.createElement('span');
		line.id = 'L' + ++number;
		const link = document.createElement('a'), body = document.createElement('b');
		link.href = '#' + line.id;
		link.tabIndex = -1;
		link.textContent = number;
		line.append(link, body);
		into.append(line, '\n');
	}
	function take(s) {
		const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
		const parts = s.split('\n');
		parts.forEach((part, i) => {
			if (part && !line)
				open_line();
			if (part) {
				begun = (begun + part).slice(0, 65536);
				line.lastChild.textContent = visible(begun);
			}
			if (i < parts.length - 1) {
				if (!line)
					open_line();
				line = null;
				begun = '';
			}
		});
		while (into.childElementCount > LINES_MAX) {
			into.firstElementChild.remove();
			if (into.firstChild && into.firstChild.nodeType === 3)
				into.firstChild.remove();
		}
		if (atEnd)
			scrollTo(0, document.body.scrollHeight);
	}
	source.onmessage = event => {
		state.textContent = 'Live.';
		take(text.decode(Uint8Array.from(atob(event.data), c => c.charCodeAt(0)), {stream: true}));
	};
	source.addEventListener('gap', event => {
		const mark = document.createElement('span');
		mark.className = 'gap';
		mark.textContent = event.data + ' bytes left out here: this reader was too slow';
		into.append(mark);
		line = null;
		begun = '';
	});
	source.addEventListener('end', () => {
		source.close();
		state.textContent = 'The run has ended. Load the page again for its verdict.';
	});
	source.onerror = () => { state.textContent = 'The connection broke; it is tried again.'; };
}
if (log && log.dataset.live && window.EventSource)
	follow();
})();
