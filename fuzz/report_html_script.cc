#include "fuzz/report_html_parts.h"

namespace norlog::fuzz::html {

const char kScript[] = R"js(
'use strict';
(() => {
  const bubble = document.createElement('div');
  bubble.id = 'bubble';
  bubble.setAttribute('role', 'tooltip');
  document.body.append(bubble);

  function show(text, x, y) {
    const [head, ...rest] = text.split('\n');
    const bold = document.createElement('b');
    bold.textContent = head;
    bubble.replaceChildren(bold, rest.length ? '\n' + rest.join('\n') : '');
    bubble.style.display = 'block';
    const { width, height } = bubble.getBoundingClientRect();
    const below = y + 18 + height < innerHeight;
    bubble.style.left = Math.max(6, Math.min(x - width / 2, innerWidth - width - 6)) + 'px';
    bubble.style.top = Math.max(6, below ? y + 18 : y - height - 14) + 'px';
  }

  let marked = null;
  function hide() {
    bubble.style.display = 'none';
    if (marked) marked.classList.remove('on');
    marked = null;
  }

  // A strip's tips, parted by blank lines, one a column.
  const tipsOf = new WeakMap();
  function tips(strip) {
    if (!tipsOf.has(strip)) tipsOf.set(strip, strip.dataset.tips.split('\n\n'));
    return tipsOf.get(strip);
  }
  function showColumn(strip, wanted, y) {
    const texts = tips(strip);
    const column = Math.max(0, Math.min(texts.length - 1, wanted));
    const box = strip.getBoundingClientRect();
    if (marked && marked !== strip) marked.classList.remove('on');
    marked = strip;
    strip.dataset.column = column;
    strip.classList.add('on');
    strip.querySelector('.mark').setAttribute('x', column);
    show(texts[column], box.left + (column + 0.5) / texts.length * box.width, y ?? box.bottom - 10);
  }

  function point(event) {
    const target = event.target.closest?.('[data-tip], svg.strip');
    if (!target) return hide();
    if (!target.dataset.tips) {
      hide();
      return show(target.dataset.tip, event.clientX, event.clientY);
    }
    const box = target.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / box.width * tips(target).length);
    showColumn(target, column, event.clientY);
  }
  addEventListener('pointermove', point);
  addEventListener('pointerdown', point);
  addEventListener('scroll', hide, true);
  document.addEventListener('pointerleave', hide);

  const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 };
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
    const strip = event.target.closest?.('svg.strip');
    if (!strip || !(event.key in steps)) return;
    event.preventDefault();
    showColumn(strip, Number(strip.dataset.column ?? 0) + steps[event.key]);
  });

  // Pages from a file may lack the clipboard's own interface.
  function copyBySelection(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy');
  }
  addEventListener('click', async (event) => {
    const button = event.target.closest?.('button.copy');
    if (!button) return;
    const code = button.previousElementSibling;
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      done = copyBySelection(code);
    }
    button.textContent = done ? 'Copied' : 'Selected';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
})();
)js";

}  // namespace norlog::fuzz::html
