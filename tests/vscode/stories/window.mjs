// A VS Code window in a browser, and what a person does and sees in it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATIENCE, SECONDS } from "./person.mjs";
import { QuickInput } from "./quickInput.mjs";

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const QUIET = ["--disable-component-update", "--disable-sync", "--force-color-profile=srgb"];
const SHOWN = 4000; // characters of a window that are printed where a story fails
const TOAST = 15 * SECONDS; // milliseconds after which VS Code has put every notification behind the bell

/** Plays a story: `act(window, facts)` in a browser that is closed afterwards. Ends the process with its outcome. */
export async function play(act) {
  const facts = JSON.parse(process.argv[2]);
  const profile = mkdtempSync(join(tmpdir(), "forksight-browser-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    timeout: PATIENCE * SECONDS,
    viewport: { width: 1280, height: 760 },
    deviceScaleFactor: facts.scale,
    permissions: ["clipboard-read", "clipboard-write"],
    args: [...FLAGS, ...QUIET],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  browser.setDefaultTimeout(PATIENCE * SECONDS);
  const window = new Window(browser, page, facts);
  try {
    const report = await act(window, facts);
    console.log(JSON.stringify(report ?? {}));
  } catch (error) {
    await page.screenshot({ path: `${facts.home}/failure.png` }).catch(() => undefined);
    console.error(error.stack);
    const shown = await page.evaluate(() => document.body.innerText).catch(String);
    console.error(`what the window showed (${facts.home}/failure.png):\n${shown.slice(0, SHOWN)}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }); // it may still be writing
  }
}

class Window extends QuickInput {
  constructor(browser, page, facts) {
    super(page);
    this.browser = browser;
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
    const folders = this.page.locator(".explorer-folders-view .monaco-list-row");
    await this.wait(`${path} open`, async () => {
      await this.page.goto(`http://127.0.0.1:${port}/?${query}`);
      await this.page.waitForSelector(".monaco-workbench .part.statusbar");
      if (file) {
        await this.page.waitForSelector(".editor-instance .monaco-editor .view-line");
      }
      // On a busy machine VS Code may come to nothing with a .code-workspace, and then has no folders for good
      return !path.endsWith(".code-workspace") || (await this.shows(folders, 20 * SECONDS));
    });
    this.lap("the window is open");
  }

  async screenshot(name) {
    await this.page.mouse.move(640, 3); // nothing hovered
    await this.page.screenshot({ path: `${this.facts.shots}/vscode-${name}.png` });
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

  /** Takes an entry of a row's context menu, with this effect. */
  async menu(row, title, hasEffect) {
    await this.onRow(title, hasEffect, () => this.take(title, () => this.clicks(row, { button: "right" })));
  }

  /** Clicks one of the icons that a row has while the mouse is on it, with this effect. */
  async action(row, title, hasEffect) {
    const icon = row.locator(`[aria-label^="${title}"]`);
    await this.onRow(title, hasEffect, () =>
      this.wait(`“${title}” clicked on a row`, async () => {
        await row.hover();
        return await this.clicks(icon);
      }));
  }

  /** Does something to a row until it has its effect: if the tree is drawn anew just then, one is asked to choose again. */
  async onRow(title, hasEffect, act) {
    const again = this.notifications("choose that again");
    await this.wait(`what comes of “${title}”`, async () => {
      await act();
      const effect = async () => (await hasEffect()) || ((await again.count()) > 0 && "again");
      return (await this.wait(`the effect of “${title}”`, effect)) !== "again" || (await this.clear());
    });
  }

  /** Whether a Markdown preview shows this text. */
  async previews(text) {
    for (const frame of this.page.frames().slice(1)) {
      if (await frame.getByText(text).first().isVisible().catch(() => false)) {
        return true;
      }
    }
    return false;
  }

  /** Waits until a Markdown preview shows this text. */
  async preview(text) {
    await this.wait(`a preview with ${text}`, () => this.previews(text));
  }

  /** Whether notifications have these texts. */
  async notifies(...texts) {
    return (await this.notifications(...texts).count()) > 0;
  }

  /** The notifications that show and have these texts. */
  notifications(...texts) {
    const all = this.page.locator(".notification-list-item:visible");
    return texts.reduce((some, text) => some.filter({ hasText: text }), all);
  }

  /** Waits until a notification has these texts, and returns it: one that nobody took in time is behind the bell. */
  async toast(...texts) {
    const notifications = this.notifications(...texts);
    await this.wait(`the notification “${texts.join("… ")}”`, async () => {
      return (await this.shows(notifications, TOAST)) || (await this.openNotifications());
    });
    return notifications.first();
  }

  async openNotifications() {
    if (!(await this.page.locator(".notifications-center").isVisible())) {
      await this.clicks(this.page.locator('.statusbar-item[id="status.notifications"]'));
    }
  }

  /** Clicks the button of the notification that has these texts, once more if it stays: then the click was not heard. */
  async answerToast(button, ...texts) {
    await this.wait(`“${button}” clicked`, async () => {
      const toast = await this.toast(...texts);
      const buttons = toast.locator(".monaco-button", { hasText: button });
      const [clicked] = await buttons.elementHandles(); // a notification that comes later may have the same texts
      if (!clicked || !(await this.clicks(buttons))) {
        return false;
      }
      return await clicked.waitForElementState("hidden", { timeout: TOAST }).then(() => true, () => false);
    });
  }

  /** Clears all notifications. */
  async clear() {
    await this.command("Notifications: Clear All Notifications");
  }

  /** The text of the Output panel's visible lines. */
  async output() {
    const lines = this.page.locator(".part.panel .monaco-editor .view-line");
    return (await lines.allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
  }

  /** Says something to Claude Code in the terminal in front, and sends it once it stands there: what comes at once is a paste. */
  async say(text) {
    const keys = this.page.locator(".terminal-wrapper.active .xterm-helper-textarea");
    const screen = this.page.locator(".terminal-wrapper.active .xterm-rows").filter({ hasText: text });
    await this.wait(`“${text}” on the terminal's line`, async () => {
      await keys.press("Control+u"); // what another try has left
      await keys.pressSequentially(text, { delay: 2 });
      return await this.shows(screen, 3 * TOAST);
    });
    await keys.press("Enter");
  }

  /** The rows of the Problems panel that have this text. */
  problems(text) {
    return this.page.locator(".markers-panel .monaco-list-row", { hasText: text });
  }

  /** Brings the fork tree to the front by its command. */
  async showTree() {
    await this.wait("the fork tree in front", async () => {
      await this.command("Forksight: Show Fork Tree");
      return await this.shows(this.treeTitle());
    });
  }

  /** Brings the fork tree to the front by its icon in the activity bar, which puts it away if it is in front. */
  async clickTree() {
    const icon = this.page.locator('.activitybar [aria-label^="Forksight"]');
    await this.wait("the fork tree in front", async () => (await this.clicks(icon)) && (await this.shows(this.treeTitle())));
  }

  treeTitle() {
    return this.page.locator(".part.sidebar .title-label", { hasText: "Forksight" });
  }

  /** The rows of the fork tree, top to bottom. */
  tree() {
    return this.page.locator(".pane-body .monaco-list-row", { has: this.page.locator(".custom-view-tree-node-item") });
  }
}
