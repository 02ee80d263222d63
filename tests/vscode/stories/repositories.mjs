// Two repositories in one window, and a file of a worktree outside of every folder: each is answered about itself.
import assert from "node:assert/strict";
import { play } from "./window.mjs";

await play(async (window, { workspace, other, file, line, stray, empty }) => {
  const { page } = window;
  await window.open(workspace, other);
  await window.status().filter({ hasText: "trunk" }).waitFor();
  await window.showTree();
  for (const text of ["shop", "feature/pay", "tools", "spike"]) {
    await window.tree().filter({ hasText: text }).first().waitFor();
  }
  window.lap(`the tree: ${JSON.stringify(await window.tree().allInnerTexts())}`);
  await window.screenshot("repositories");
  await window.status().click();
  await window.leave("Forksight: trunk");

  await window.command("Forksight: Open Worktree in New Window…");
  const worktrees = (await window.choices("spike")).join("\n");
  assert.doesNotMatch(worktrees, /feature\/pay/, "what is asked before something is done is asked about the file's repository");
  await window.dismiss();

  await window.openFile(file);
  await window.status().filter({ hasText: "main · 1 conflict" }).waitFor();
  await window.waitForSquiggles([line]);
  await window.openFile(stray, stray.split("/").at(-3));
  await window.status().filter({ hasText: "feature/pay · 1 conflict" }).waitFor();
  await window.openFile(other);
  await window.status().filter({ hasText: "trunk" }).waitFor();
  window.lap("the status is that of the file");

  await window.open(empty);
  await window.clickTree();
  await page.locator(".welcome-view-content").getByText("Initialize Repository").waitFor();
  window.lap("a folder that is no repository says so");
  assert.equal(await window.tree().count(), 0);
});
