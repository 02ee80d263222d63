// The article's flow: mark a baseline, fork it for a branch, work there, close, resume; the tree follows. Then the evening: who
// waits, jump there, answer, look at what was done, land it, clean up.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, branch, line, worktree, projects }) => {
  const { page } = window;
  const row = (text) => window.tree().filter({ hasText: text });
  const terminals = page.locator(".terminal-tabs-entry, .single-terminal-tab");
  const screen = page.locator(".terminal-wrapper.active .xterm-rows");

  await window.open(folder, file);
  await window.status().filter({ hasText: "main" }).waitFor();
  assert.equal(await window.tree().count(), 0, "the view has not been shown yet");
  await window.showTree();
  await page.locator(".pane-body .monaco-list-row.selected", { hasText: "in place" }).waitFor(); // the fork of this worktree
  assert.equal(await window.notifications("Forksight").count(), 0, "no error");
  await row("know the shop").waitFor();
  await row("in place").filter({ hasText: /this window.*1 uncommitted/ }).waitFor();
  await row("feature/pay").filter({ hasText: "1 uncommitted" }).waitFor();
  await window.waitForSquiggles([line]);
  await window.status().filter({ hasText: "1 conflict" }).waitFor();

  await window.command("Forksight: Set Baseline…");
  await window.choose("know the shop");
  await window.answer("What the baseline is called", "project-baseline");
  await row("project-baseline").waitFor();
  window.lap("a baseline is marked");
  await window.clear();

  await window.select(row("feature/pay"));
  await page.locator('.part.sidebar .title-actions [aria-label^="Fork Session for This Branch"]').first().click();
  const offered = await window.choices("feature/pay");
  assert.match(offered[0], /Create new branch…/, "two Enters do not start a fork that edits the files that are open");
  assert.match(offered[1], /main(.|\n)*this branch, no worktree of its own/);
  await window.screenshot("branches");
  await window.choose("this branch, no worktree of its own");
  await window.choose("Fork again");
  await window.leave("edits the files you have open");

  await window.command("Forksight: Fork Session for This Branch");
  await window.choices("Create new branch…");
  await window.box.press("Enter");
  await window.answer("What the new branch is called", branch);
  await window.choose("HEAD");
  await window.answer(`The name of the session on ${branch}`);
  await window.answer("What is it to do?", "WRITE shop/refunds.py PERIOD = 14");
  await screen.filter({ hasText: "accept edits on" }).waitFor();
  await terminals.filter({ hasText: branch }).first().waitFor();
  window.lap("Claude Code runs in a terminal");
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

  await window.say("/exit");
  await screen.filter({ hasText: "This is a shell in" }).waitFor();
  await window.say("git branch --show-current | sed s/^/branch:/");
  await screen.filter({ hasText: `branch:${branch}` }).waitFor();
  window.lap("a shell in the worktree stays");
  await row(branch).filter({ hasNotText: "your turn" }).waitFor();
  window.lap("the tree sees that it has ended");

  await window.action(row(branch), "Resume Session", async () => (await page.locator(".terminal-wrapper").count()) === 2);
  await screen.filter({ hasText: "PERIOD" }).waitFor();
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  window.lap("it goes on where it stopped");

  await window.command("Terminal: Kill the Active Terminal Instance");
  await row(branch).filter({ hasNotText: "your turn" }).waitFor();
  const entries = page.locator(".monaco-menu .action-item");
  await window.wait("its menu", async () =>
    (await window.clicks(row(branch), { button: "right" })) && (await window.shows(entries.filter({ hasText: "Resume Session…" }))));
  const menu = await entries.allInnerTexts();
  assert.ok(!menu.join().includes("Show Terminal"), menu.join());
  await window.press("Escape");
  await entries.first().waitFor({ state: "hidden" });
  await window.select(row(branch));
  await window.press("Enter");
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  window.lap("Enter on a row goes on");

  await window.say("WRITE ../outside.py A = 1");
  await page.locator(".editor-instance .view-line").first().click(); // the person does something else meanwhile
  await row(branch).filter({ hasText: "waits for a permission" }).waitFor();
  await row(branch).locator(".codicon-bell-dot").waitFor();
  await window.status().filter({ hasText: "1 session waits" }).waitFor();
  await window.toast(`“${branch}” waits for a permission`);
  await window.screenshot("waiting");
  await window.answerToast("Show Terminal", "waits for a permission");
  const focused = ".terminal-wrapper.active .xterm-helper-textarea:focus";
  await page.locator(focused).waitFor({ state: "attached" });
  await screen.filter({ hasText: "Do you want to" }).waitFor();
  await window.press("Enter");
  await window.wait("the answer carried out", () => existsSync(`${worktree}/../outside.py`));
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  window.lap("who waits for a person is told apart from who is done, and is answered");

  const label = await row("feature/pay").getAttribute("aria-label");
  assert.match(label, /feature\/pay, fork, not running, 1 conflict with main in shop\/checkout\.py/);
  await window.action(row("feature/pay"), "Show Conflicts", async () => (await window.text()).includes("backoff"));
  await page.locator(".statusbar-item", { hasText: `Ln ${line}, Col 1` }).waitFor();
  await window.status().filter({ hasText: "feature/pay" }).waitFor();
  window.lap("a badge leads to its lines, and the status is that of the file");

  const git = (path, ...words) => execFileSync("git", ["-C", path, ...words], { encoding: "utf8" });
  await window.say("BASH git add --all");
  await window.wait("all staged", () => git(worktree, "diff", "--cached", "--name-only").includes("refunds.py"));
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  await window.say("BASH git commit -m Refunds");
  await window.wait("a commit", () => git(worktree, "log", "-1", "--format=%s").trim() === "Refunds");
  await row(branch).filter({ hasText: "your turn" }).waitFor();
  await window.menu(row(branch), "Show Fork", () => window.previews("Refunds"));
  await window.command("View: Close All Editors");
  const [transcripts] = readdirSync(projects).filter((name) => name.endsWith("worktrees-feature-refunds"));
  const [transcript] = readdirSync(`${projects}/${transcripts}`).filter((name) => name.endsWith(".jsonl"));
  const rows = readFileSync(`${projects}/${transcripts}/${transcript}`, "utf8").split("\n").slice(0, -1).map((text) => JSON.parse(text));

  await window.command("Terminal: Kill All Terminals");
  await row(branch).filter({ hasNotText: "your turn" }).waitFor();
  git(folder, "commit", "--quiet", "--all", "--message", "The person's own");
  await window.clear();
  const landing = page.locator(".monaco-dialog-box", { hasText: `Land ${branch}?` });
  const held = window.notifications("can't land");
  await window.wait("nothing that holds it", async () => {
    await window.menu(row(branch), "Land Forks…", async () => (await landing.isVisible()) || (await held.count()) > 0);
    return (await landing.isVisible()) || (await window.clear()); // what has just ended may count as live
  });
  await landing.getByText("Land", { exact: true }).click();
  await window.answerToast("Clean Up…", "1 landed.");
  assert.equal(readFileSync(`${folder}/shop/refunds.py`, "utf8"), "PERIOD = 14");
  await window.choices(branch);
  await window.tick(branch);
  await window.waitForTicked(branch);
  await window.ok();
  await window.toast(`cleaned up “${branch}”`);
  assert.ok(!existsSync(worktree));
  window.lap("what it did is seen, landed and cleaned up");
  return { uuids: rows.map((entry) => entry.uuid) };
});
