// Checks for every page: no serious accessibility violation in light and dark, nothing cut off at the smallest window,
// every control reachable on a small screen; and pictures in both sizes and both themes, in `results/`.

import assert from "node:assert/strict";
import { readFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const axe = await readFile(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);
const results = join(import.meta.dirname, "results");
const sizes = [
  { width: 1600, height: 1000 },
  { width: 1024, height: 700 },
];
/** Screens of older machines, of remote consoles and of phones: no pictures, but every control must be reachable. */
const small = [
  { width: 800, height: 600 },
  { width: 1024, height: 600 },
  { width: 390, height: 844 },
];
await mkdir(results, { recursive: true });

/**
 * Checks the page in its present state; leaves it in the light theme at the smallest size. `phone`: `false` for pages
 * that only the window has.
 */
export async function look(page, name, { phone = true } = {}) {
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const size of sizes) {
      await page.setViewportSize(size);
      await page.evaluate(() => document.fonts.ready);
      await picture(
        page,
        `${name}-${colorScheme}-${size.width}x${size.height}.png`,
      );
    }
    await fits(page, name);
    await accessible(page, `${name} in ${colorScheme}`);
  }
  for (const size of small) {
    if (size.width < 640 && !phone) continue;
    await page.setViewportSize(size);
    await settled(page);
    await fits(page, name);
    await reachable(page, `${name} at ${size.width} × ${size.height}`);
  }
  await page.setViewportSize(sizes.at(-1));
}

/** Waits until the page has followed a change of its size: observers of sizes run after the next frame. */
const settled = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(resolve)),
      ),
  );

/** Checks that every control can be scrolled to and is not covered; while a dialog is open, only those inside it. */
async function reachable(page, name) {
  const hidden = await page.evaluate(() => {
    const dialogs = document.querySelectorAll(
      "[role=dialog], [role=alertdialog], [role=menu]",
    );
    const root = [...dialogs].at(-1) ?? document;
    const controls = [
      ...root.querySelectorAll(
        "button, a[href], input, select, textarea, [role=menuitem]",
      ),
    ];
    const hidden = [];
    for (const control of controls) {
      if (
        !control.checkVisibility({
          visibilityProperty: true,
          opacityProperty: true,
        })
      )
        continue;
      // Elements for screen readers only.
      if (
        control.closest(".sr-only, [data-testid=toasts]") ||
        control.getBoundingClientRect().width < 4
      )
        continue;
      control.scrollIntoView({ block: "center", inline: "center" });
      const { left, top, width, height } = control.getBoundingClientRect();
      const label = control.labels?.[0];
      // A long name may be cut if its beginning is visible. A toast disappears by itself.
      const under = [left + width / 2, left + 6].map((x) =>
        document
          .elementsFromPoint(x, top + height / 2)
          .find((element) => !element.closest("[data-testid=toasts]")),
      );
      const fine = under.some(
        (hit) =>
          hit &&
          (control.contains(hit) ||
            hit.contains(control) ||
            label?.contains(hit)),
      );
      if (!fine)
        hidden.push(
          `${control.outerHTML.slice(0, 120)} under ${under[0]?.outerHTML.slice(0, 80)}`,
        );
    }
    return hidden;
  });
  assert.deepEqual(hidden, [], `${name}: out of reach`);
}

/** A picture of the viewport only: what a person sees without scrolling. */
export async function picture(page, name) {
  await page.screenshot({ path: join(results, name), animations: "disabled" });
}

async function fits(page, name) {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: innerWidth,
  }));
  assert.ok(
    content <= window,
    `${name} is ${content} px wide in a window of ${window} px`,
  );
}

async function accessible(page, name) {
  const lines = await violations(page);
  assert.equal(lines.length, 0, `${name}:\n${lines.join("\n")}`);
}

/** Serious and critical violations of accessibility, one line each. */
export async function violations(page) {
  // Bypasses the page's own security policy, which forbids inline scripts.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() =>
    globalThis.axe.run(document),
  );
  assert.ok(
    passes.length > 5,
    `axe found next to nothing to look at on ${page.url()}`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(
        (node) => `${id} (${help}): ${node.html}\n    ${node.failureSummary}`,
      ),
    );
}
