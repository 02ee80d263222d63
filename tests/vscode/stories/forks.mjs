// The article's flow: mark a baseline, fork it for a branch, work there, close, resume; the tree follows.
import assert from "node:assert/strict";
import { play } from "./stage.mjs";

await play(async (window, { folder, file, branch, line }) => {
  const { page } = window;
  const row = (text) => window.tree().filter({ hasText: text });
  const terminals = page.locator(".terminal-tabs-entry, .single-terminal-tab");
  const screen = page.locator(".terminal-wrapper.active .xterm-rows");

  await window.open(folder, file);
  await page.locator('.activitybar [aria-label^="Forksight"]').first().click();
  await row("know the shop").waitFor();
  await window.waitForSquiggles([line]);
  await window.status().filter({ hasText: "1 conflict" }).waitFor();

  await window.command("Forksight: Set Baseline…");
  await window.choose("know the shop");
  await window.answer("project-baseline");
  await row("project-baseline").waitFor();
  window.lap("a baseline is marked");
  await window.command("Notifications: Clear All Notifications");

  await window.command("Forksight: Fork Session for This Branch");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "feature/pay" }).first().waitFor();
  await window.screenshot("branches");
  await window.type(branch);
  await window.choose(`Create branch ${branch}`);
  await window.choose("HEAD");
  await window.answer();
  await screen.filter({ hasText: "accept edits on" }).waitFor();
  await terminals.filter({ hasText: branch }).first().waitFor();
  window.lap("Claude Code runs in a terminal");
  await page.keyboard.type("WRITE shop/refunds.py PERIOD = 14", { delay: 2 });
  await window.press("Enter");
  await screen.filter({ hasText: "OK: WRITE" }).waitFor();
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  window.lap(`the tree: ${JSON.stringify(await window.tree().allInnerTexts())}`);
  const badge = row("feature/pay").locator(".monaco-icon-label");
  await window.wait("the conflict counted", async () =>
    (await badge.evaluate((label) => getComputedStyle(label, "::after").content)) === '"1"');
  await window.screenshot("forks");

  await window.command("Forksight: Resume Session…");
  await window.choose(branch);
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".terminal-wrapper").count(), 1, "a live session is shown, not started again");

  await window.command("Terminal: Kill the Active Terminal Instance");
  await row(branch).filter({ hasNotText: "your turn" }).waitFor();
  window.lap("the tree sees that it has ended");

  await row(branch).hover();
  await row(branch).locator('[aria-label^="Resume Session"]').click();
  await screen.filter({ hasText: "PERIOD" }).waitFor();
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  window.lap("it goes on where it stopped");
});
