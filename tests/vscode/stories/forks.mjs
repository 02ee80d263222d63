// The article's flow: mark a baseline, fork it for a branch, work there, close, resume; the tree follows.
import assert from "node:assert/strict";
import { play } from "./stage.mjs";

await play(async (window, { folder, file, branch }) => {
  const { page } = window;
  const row = (text) => window.tree().filter({ hasText: text });
  const terminals = page.locator(".terminal-tabs-entry, .single-terminal-tab");
  const screen = page.locator(".terminal-wrapper.active .xterm-rows");

  await window.open(folder, file);
  await page.locator('.activitybar [aria-label^="Forksight"]').first().click();
  await row("Other sessions").waitFor();

  await window.command("Forksight: Set Baseline…");
  await window.choose("know the shop");
  await window.answer("project-baseline");
  await row("project-baseline").waitFor();
  window.lap("a baseline is marked");

  await window.command("Forksight: Fork Session for This Branch");
  await window.type(branch);
  await page.screenshot({ path: `${window.facts.shots}/vscode-branches.png` });
  await window.choose(`Create branch ${branch}`);
  await window.choose("HEAD");
  await window.answer();
  await screen.filter({ hasText: "accept edits on" }).waitFor({ timeout: 40_000 });
  await terminals.filter({ hasText: branch }).first().waitFor();
  window.lap("Claude Code runs in a terminal");
  await page.keyboard.type("WRITE shop/refunds.py PERIOD = 14", { delay: 2 });
  await window.press("Enter");
  await screen.filter({ hasText: "OK:" }).waitFor({ timeout: 40_000 });
  await row(branch).filter({ hasText: "waiting for you" }).waitFor();
  window.lap(`the tree: ${JSON.stringify(await window.tree().allInnerTexts())}`);
  await window.screenshot("forks");

  await window.command("Forksight: Resume Session…");
  await window.choose(branch);
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".terminal-wrapper").count(), 1, "a live session is shown, not started again");

  await window.command("Terminal: Kill the Active Terminal Instance");
  await row(branch).filter({ hasNotText: "waiting for you" }).waitFor();
  window.lap("the tree sees that it has ended");

  await row(branch).hover();
  await row(branch).locator('[aria-label^="Resume Session"]').click();
  await screen.filter({ hasText: "PERIOD" }).waitFor({ timeout: 40_000 });
  await row(branch).filter({ hasText: "waiting for you" }).waitFor();
  window.lap("it goes on where it stopped");
});
