// What is done is shown, landed by a plan, taken back with a button, and landed again.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file }) => {
  const { page } = window;
  const row = (text) => window.tree().filter({ hasText: text });
  const dialog = page.locator(".monaco-dialog-box");
  const screen = page.locator(".terminal-wrapper.active .xterm-rows");
  const isLanded = () => readFileSync(file, "utf8").includes("0.21");

  await window.open(folder, file);
  await window.clickTree();
  await row("feature/pay").waitFor();

  await window.menu(row("feature/vat"), "Show Fork", () => window.previews("Raise VAT"));
  await window.screenshot("show");
  await window.command("View: Close All Editors");
  window.lap("what is in a fork is a document");

  await window.menu(row("feature/vat"), "Take Findings…", () => window.notifies("its context of"));
  await window.answerToast("Ask it", "its context of");
  await window.toast("It cost");
  await window.preview("OK: ");
  await window.command("View: Close All Editors");
  window.lap("what a fork found is asked once the cost is known, and shown");
  await window.clear();
  await window.command("Forksight: Take Findings…");
  await window.choose("feature/vat");
  await window.preview("OK: ");
  assert.equal(await window.notifications("its context of").count(), 0, "what was kept costs nothing");
  await window.command("View: Close All Editors");
  window.lap("by the palette the fork is chosen, and what was kept is shown");

  await window.menu(row("feature/pay"), "Land Forks…", () => window.notifies("can't land"));
  await window.answerToast("Commit…", "feature/pay can't land", "is not committed");
  await screen.filter({ hasText: "commit -m" }).waitFor();
  window.lap("what is not committed is the person's to commit");
  await window.command("Terminal: Kill the Active Terminal Instance");

  await window.command("Forksight: Land Forks…");
  await window.choices("feature/till");
  await window.waitForTicked("feature/vat"); // and not what would stop
  await window.tick("feature/pay");
  await window.waitForTicked("feature/vat"); // and not what is held
  const rows = (await window.choices("feature/till")).join("\n");
  assert.match(rows, /feature\/till(.|\n)*shop\/checkout\.py line 9: conflict with feature\/vat/, rows);
  await window.screenshot("land");
  await window.ok();
  await dialog.filter({ hasText: "Land feature/vat?" }).filter({ hasText: "1 commit, to be merged into main" }).waitFor();
  await dialog.getByText("Cancel").click();
  await dialog.waitFor({ state: "hidden" });
  assert.ok(!isLanded(), "nothing lands without a yes");

  await window.menu(row("feature/vat"), "Land Forks…", () => dialog.isVisible());
  await dialog.filter({ hasText: "Land feature/vat?" }).getByText("Land", { exact: true }).click();
  await window.toast("1 landed.");
  await window.wait("the file as it was merged", isLanded);
  window.lap("it is merged");
  await window.answerToast("Undo", "1 landed.");
  await window.wait("the file as it was before", () => !isLanded());
  window.lap("it is taken back");

  await window.menu(row("feature/vat"), "Land Forks…", () => dialog.isVisible());
  await dialog.getByText("Land", { exact: true }).click();
  await window.wait("the file as it was merged", isLanded);
  await window.answerToast("Clean Up…", "1 landed.");
  await window.choices("feature/vat");
  await window.leave("Clean Up Forks");
  assert.ok(existsSync(`${folder}/.claude/worktrees/feature-vat`));
  window.lap("what landed can be cleaned up");
});
