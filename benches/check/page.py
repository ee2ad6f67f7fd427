"""Opens a report in Chromium and looks at it as readers do: nothing in the console, nothing loaded, no sideways scrolling, reachable by keyboard, contrast AA.

    pip install playwright; apt-get install chromium
    python3 benches/check/page.py report.html [--shots FOLDER]

At 1280 and 390 pixels, light and dark, with all details open. Exit code 1 where something is wrong. Contrast is WCAG 2.1's: 4.5, or 3 for large text.
"""

import argparse
import pathlib
import sys

from playwright.sync_api import sync_playwright

CONTRAST = """
() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); };
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.documentElement).backgroundColor || 'rgb(255,255,255)');
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('.skip')) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.namespaceURI.endsWith('svg') ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) low.push(`${ratio.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return low;
}
"""

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("report", type=pathlib.Path)
arguments.add_argument("--shots", type=pathlib.Path)
given = arguments.parse_args()
wrong = []
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            where = f"{scheme}, {width} px"
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.on("console", lambda message: wrong.append(f"{where}: console: {message.text}"))
            page.on("pageerror", lambda error: wrong.append(f"{where}: {error}"))
            page.on("request", lambda request: request.url.startswith(("file:", "data:")) or wrong.append(f"{where}: asks for {request.url}"))
            page.goto(given.report.resolve().as_uri())
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") != "skip":
                wrong.append(f"{where}: the first stop of the keyboard is not the link to the verdict")
            stops = page.evaluate("document.querySelectorAll('a[href], summary').length")
            seen = set()
            for _ in range(stops + 200):
                page.keyboard.press("Tab")
                place = page.evaluate("[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')].indexOf(document.activeElement)")
                if place in seen:
                    break
                seen.add(place)
            if not page.evaluate("[...document.querySelectorAll('summary')].filter(s => s.checkVisibility()).every(s => s.tabIndex >= 0)"):
                wrong.append(f"{where}: some details cannot be reached by keyboard")
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{where}: the page scrolls sideways")
            unnamed = page.evaluate("[...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label')).length")
            if unnamed:
                wrong.append(f"{where}: {unnamed} pictures have no name")
            wrong += [f"{where}: contrast {text}" for text in page.evaluate(CONTRAST)]
            print(f"{where}: {len(seen)} stops of the keyboard, {page.evaluate('document.querySelectorAll(`svg`).length')} pictures")
            if given.shots:
                page.screenshot(path=given.shots / f"{scheme}-{width}.png", full_page=True)
    browser.close()
print("\n".join(wrong[:40]) or "nothing is wrong")
sys.exit(bool(wrong))
