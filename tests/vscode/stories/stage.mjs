// The stage that stories play on: a browser with a VS Code window, and what a person does and sees in it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const QUIET = ["--disable-component-update", "--disable-sync", "--force-color-profile=srgb"];
const SECONDS = 1000;
const PATIENCE = 40; // seconds; everything takes far less on a machine that does nothing else

/** Plays a story: `act(window, facts)` in a browser that is closed afterwards. Ends the process with its outcome. */
export async function play(act) {
  const facts = JSON.parse(process.argv[2]);
  const profile = mkdtempSync(join(tmpdir(), "forksight-browser-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 760 },
    deviceScaleFactor: facts.scale ?? 1.5,
    permissions: ["clipboard-read", "clipboard-write"],
    args: [...FLAGS, ...QUIET],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(PATIENCE * SECONDS);
  const window = new Window(browser, page, facts);
  try {
    const report = await act(window, facts);
    console.log(JSON.stringify(report ?? {}));
  } catch (error) {
    await page.screenshot({ path: `${facts.home}/failure.png` }).catch(() => undefined);
    console.error(error.stack);
    console.error(`what the window showed: ${facts.home}/failure.png`);
    process.exitCode = 1;
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

class Window {
  constructor(browser, page, facts) {
    this.browser = browser;
    this.page = page;
    this.facts = facts;
    this.started = Date.now();
  }

  /** Says what has been seen so far, and when. */
  lap(what) {
    console.log(`${((Date.now() - this.started) / SECONDS).toFixed(1)} s ${what}`);
  }

  /** Opens a folder or a .code-workspace, and a file in it. */
  async open(path, file) {
    const { port } = this.facts;
    const query = new URLSearchParams({ [path.endsWith(".code-workspace") ? "workspace" : "folder"]: path });
    if (file) {
      query.set("payload", JSON.stringify([["openFile", `vscode-remote://127.0.0.1:${port}${file}`]]));
    }
    await this.page.goto(`http://127.0.0.1:${port}/?${query}`);
    await this.page.waitForSelector(".monaco-workbench .part.statusbar", { timeout: 60 * SECONDS });
    if (file) {
      await this.page.waitForSelector(".editor-instance .monaco-editor .view-line", { timeout: 60 * SECONDS });
    }
    this.lap("the window is open");
  }

  async screenshot(name) {
    await this.page.mouse.move(640, 3); // nothing hovered
    await this.page.screenshot({ path: `${this.facts.shots}/vscode-${name}.png` });
  }

  /** Waits until `probe` answers something truthy, and returns it. */
  async wait(what, probe, seconds = PATIENCE) {
    const end = Date.now() + seconds * SECONDS;
    for (;;) {
      const answer = await probe();
      if (answer) {
        return answer;
      }
      assert.ok(Date.now() < end, `waited ${seconds} s for ${what}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** The line numbers, as shown, that carry a squiggle of this severity: warning, info, hint. */
  async squiggles(severity = "warning") {
    return await this.page.evaluate((name) => {
      const editor = document.querySelector(".editor-instance .monaco-editor");
      const numbers = new Map();
      for (const row of editor?.querySelectorAll(".margin-view-overlays > div") ?? []) {
        numbers.set(row.style.top, Number(row.querySelector(".line-numbers")?.textContent));
      }
      const rows = [...(editor?.querySelectorAll(".view-overlays > div") ?? [])];
      const marked = rows.filter((row) => row.querySelector(`.squiggly-${name}`));
      return [...new Set(marked.map((row) => numbers.get(row.style.top)))].sort((a, b) => a - b);
    }, severity);
  }

  async waitForSquiggles(lines, severity = "warning", seconds = PATIENCE) {
    const expected = JSON.stringify(lines);
    let seen = [];
    await this.wait(`squiggles on ${expected}`, async () => {
      seen = await this.squiggles(severity);
      return JSON.stringify(seen) === expected;
    }, seconds).catch((error) => {
      throw new Error(`${error.message}; saw ${JSON.stringify(seen)}`);
    });
    this.lap(`squiggles on lines ${expected}`);
  }

  /** The text of the editor's visible lines. */
  async text() {
    const lines = this.page.locator(".editor-instance .monaco-editor .view-lines .view-line");
    const rows = await lines.evaluateAll((all) =>
      all.map((row) => [Number.parseInt(row.style.top, 10), row.textContent.replaceAll("\u00a0", " ")]),
    );
    return rows.sort((a, b) => a[0] - b[0]).map(([, text]) => text).join("\n");
  }

  /** Our item in the status bar. */
  status() {
    return this.page.locator('.statusbar-item[id*="forksight.status"]');
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  /** Puts the cursor on a line (1-based) of the active editor. */
  async goTo(line, column = 1) {
    await this.press("Control+1", "Control+g");
    const input = this.page.locator(".quick-input-widget input");
    await input.fill(`:${line}:${column}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: `${line}` }).first().waitFor();
    await this.press("Enter");
    const cursor = this.page.locator(".statusbar-item", { hasText: `Ln ${line}, Col ${column}` });
    await cursor.waitFor();
  }

  /** The titles that the command palette offers for some text, once the list stands still: it is filtered a moment later. */
  async palette(text) {
    await this.press("F1");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`>${text}`);
    let rows = [];
    let still = 0;
    await this.wait(`the palette for ${text}`, async () => {
      const now = await this.choices();
      still = now.join() === rows.join() ? still + 1 : 0;
      rows = now;
      return still > (now.some((row) => row.includes(text)) ? 5 : 20);
    });
    return rows;
  }

  /** Runs a command by its title in the palette. */
  async command(title) {
    await this.wait(`the command ${title}`, async () => {
      const offered = await this.palette(title);
      return offered.some((text) => text.includes(title)) || (await this.press("Escape"));
    });
    await this.choose(title);
  }

  /** What the open quick pick offers. */
  async choices() {
    await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
    return await this.page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
  }

  /** Takes the choice that has this text. */
  async choose(text) {
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
    await row.waitFor();
    await row.click();
  }

  /** Types into the open quick pick. */
  async type(text) {
    await this.page.locator(".quick-input-widget input").first().fill(text);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first().waitFor();
  }

  /** Answers an input box, by default with what it proposes. */
  async answer(text) {
    await this.page.locator(".quick-input-widget .quick-input-list").waitFor({ state: "hidden" });
    if (text !== undefined) {
      await this.page.locator(".quick-input-widget input").first().fill(text);
    }
    await this.press("Enter");
  }

  /** Ticks or unticks the row of a checklist that has this text. */
  async tick(text) {
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
    await row.locator(".quick-input-list-checkbox, .monaco-checkbox").first().click();
  }

  /** The rows of the open checklist that are ticked. */
  async ticked() {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    return await rows.filter({ has: this.page.locator(".codicon-check, input:checked") }).allInnerTexts();
  }

  /** Takes what is ticked. */
  async ok() {
    await this.page.locator(".quick-input-action", { hasText: "OK" }).click();
  }

  /** The button in the title bar of the open quick pick that is called so. */
  title(name) {
    return this.page.locator(`.quick-input-titlebar [aria-label^="${name}"]`);
  }

  /** Waits until a Markdown preview shows this text. */
  async preview(text) {
    await this.wait(`a preview with ${text}`, async () => {
      for (const frame of this.page.frames().slice(1)) {
        if (await frame.getByText(text).first().isVisible().catch(() => false)) {
          return true;
        }
      }
    });
  }

  /** A notification with this text. */
  toast(text) {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text }).first();
  }

  /** The text of the Output panel's visible lines. */
  async output() {
    const lines = this.page.locator(".part.panel .monaco-editor .view-line");
    return (await lines.allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
  }

  /** Says something to Claude Code in the terminal in front, and sends it once it stands there: what comes at once is a paste. */
  async say(text) {
    await this.page.locator(".terminal-wrapper.active .xterm-helper-textarea").focus();
    await this.page.keyboard.type(text, { delay: 2 });
    await this.page.locator(".terminal-wrapper.active .xterm-rows").filter({ hasText: text }).waitFor();
    await this.press("Enter");
  }

  /** The rows of the Problems panel that have this text. */
  problems(text) {
    return this.page.locator(".markers-panel .monaco-list-row", { hasText: text });
  }

  /** Takes an entry of a row's context menu. */
  async menu(row, title) {
    await row.click({ button: "right" });
    const entry = this.page.locator(".monaco-menu .action-item", { hasText: title });
    await entry.waitFor();
    await this.wait(`${title} taken`, async () => {
      await entry.click({ timeout: 1000 }).catch(() => undefined); // a menu that has just opened does not hear it
      return (await entry.count()) === 0;
    });
  }

  /** The rows of the fork tree, top to bottom. */
  tree() {
    return this.page.locator(".pane-body .monaco-list-row", { has: this.page.locator(".custom-view-tree-node-item") });
  }
}
