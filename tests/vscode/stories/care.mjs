// Forks have piled up and the baseline is stale: clean up by a checklist, restore, compare, see the savings, refresh.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, pay, hold }) => {
  const { page } = window;
  const row = (text) => window.tree().filter({ hasText: text });
  const dialog = page.locator(".monaco-dialog-box");
  const run = (program, ...args) => execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });

  await window.open(folder, file);
  await window.clickTree();
  await row("feature/till").waitFor();
  await window.command("Forksight: Set Baseline…");
  await window.choose("know the shop");
  await window.answer("What the baseline is called", "project-baseline");
  await row("project-baseline").waitFor();
  await window.clear();

  const status = window.status().filter({ hasText: "baseline stale" });
  await window.wait("a warning", async () => /warning-kind/.test(await status.getAttribute("class")));

  await window.select(row("feature/refunds")); // VS Code hands the title's buttons this row
  const more = page.locator('.part.sidebar .title-actions [aria-label^="Views and More Actions"]');
  await window.take("Clean Up Forks…", () => window.clicks(more));
  await window.choices("feature/pay");
  assert.deepEqual((await window.question()).ticked, [], "the default answer is no");
  await window.tick("feature/till");
  await window.waitForTicked(); // what is held can't be
  await window.title("Tick all without risk").click();
  await window.waitForTicked("feature/vat");
  await window.tick("feature/pay");
  await window.wait("two ticked", async () => (await window.question())?.ticked.length === 2);
  await window.screenshot("clean");
  await window.ok();

  await dialog.waitFor();
  const text = await dialog.innerText();
  assert.match(text, /feature\/pay(.|\n)*shop\/checkout\.py(.|\n)*ideas\.md/, text);
  const buttons = (await dialog.locator(".monaco-button").allInnerTexts()).sort();
  assert.deepEqual(buttons, ["Clean Up All the Same", "Keep It"], "one way to say no");
  await window.screenshot("at-risk");
  await dialog.getByText("Keep It").click();
  await window.toast("cleaned up “feature/vat”");
  assert.ok(existsSync(`${pay}/ideas.md`));
  await row("Archived").waitFor();
  window.lap("what is without risk is put away");

  await window.clear();
  await window.menu(row("feature/till"), "Clean Up Forks…", () => window.notifies("can't be cleaned up"));
  await window.toast("“feature/till” can't be cleaned up", "on the other disk");
  await window.clear();
  await window.menu(row("feature/pay"), "Clean Up Forks…", () => dialog.isVisible());
  await dialog.getByText("Clean Up All the Same").click();
  await window.toast("cleaned up “feature/pay”");
  assert.ok(!existsSync(pay));
  window.lap("what was at risk is put away");
  await window.answerToast("Restore", "cleaned up “feature/pay”");
  await window.toast("is back");
  assert.ok(existsSync(`${pay}/ideas.md`));
  window.lap("it is back");
  await window.clear();

  run("git", "worktree", "add", "--quiet", "-b", "handbook", `${folder}/.claude/worktrees/handbook`);
  await row("handbook").waitFor();
  await row("feature/refunds").hover();
  const actions = row("feature/refunds").locator(".actions .action-label");
  await window.wait("nothing but a way to resume it", async () => {
    const labels = await actions.evaluateAll((all) => all.map((action) => action.getAttribute("aria-label")));
    return labels.join() === "Resume Session…";
  });
  await window.menu(row("feature/refunds"), "Compare Forks…", () => window.question());
  const offered = await window.choices("feature/pay");
  assert.match(offered[0], /feature\/refunds/);
  assert.match(offered.join("\n"), /handbook(.|\n)*no fork/, "a worktree without a session");
  await window.waitForTicked("feature/refunds"); // the one that was clicked
  await window.ok();
  await page.locator(".quick-input-title", { hasText: "tick at least 2" }).waitFor();
  await window.tick("feature/pay");
  await window.ok();
  await page.locator(".multiDiffEditor .view-line", { hasText: "backoff" }).first().waitFor();
  await window.preview("Merging them: clean");
  await window.screenshot("compare");
  await window.command("View: Close All Editors");

  await window.menu(row("handbook"), "Clean Up Forks…", () => dialog.isVisible());
  await dialog.getByText("Clean Up", { exact: true }).click();
  await window.toast("cleaned up “handbook”");
  assert.ok(!existsSync(`${folder}/.claude/worktrees/handbook`));
  window.lap("a worktree without a session is compared and put away like a fork");
  await window.clear();

  await window.command("Forksight: Show Savings");
  await window.preview("By arithmetic");
  await window.screenshot("savings");
  await window.command("View: Close All Editors");

  writeFileSync(hold, "");
  await window.command("Forksight: Refresh Baseline");
  await window.toast("Refreshing project-baseline", "tokens");
  await window.command("Forksight: Restart Server");
  await window.notifications("Refreshing project-baseline").waitFor({ state: "hidden" });
  await window.toast("The Forksight server stopped before it was done");
  window.lap("a restart ends what was running, and says so");
  await window.clear();
  await window.command("Forksight: Refresh Baseline");
  await window.toast("Refreshing project-baseline", "tokens");
  await window.answerToast("Cancel", "Refreshing project-baseline");
  await window.toast("was not refreshed");
  rmSync(hold);
  await row("project-baseline").filter({ hasText: "gen 1" }).waitFor();
  window.lap("the refresh was cancelled, and the old generation stays");
  await window.clear();
  await window.command("Forksight: Refresh Baseline");
  await window.toast("is at generation 2 now");
  await row("project-baseline").filter({ hasText: "gen 2" }).waitFor();
  window.lap("the baseline is fresh");
  await window.clear();

  assert.throws(() => run("forksight", "resume", "--dry-run"), /no session but the baseline/);
  await window.status().filter({ hasNotText: "stale" }).click();
  const menu = (await window.choices("Restart Server")).join("\n");
  assert.match(menu, /Refresh Baseline(.|\n)*fresh/);
  assert.doesNotMatch(menu, /Resume/, "what would be said in a baseline is in every later fork");
  await window.dismiss();
  window.lap("nothing offers to go on with the baseline itself");

  const ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  writeFileSync(`${folder}/NOTES`, "Prices are gross.\n");
  run("git", ...ada, "commit", "--quiet", "--message", "Change the prices", "NOTES");
  await window.command("Forksight: Refresh Baseline");
  const question = await window.toast("is not stale yet", /at least [\d,]+ tokens/);
  await question.getByRole("button", { name: "Refresh it" }).waitFor();
  await window.clear();
  await row("project-baseline").filter({ hasText: "gen 2" }).waitFor();
  window.lap("a refresh that is not needed says what it costs, and asks");
});
