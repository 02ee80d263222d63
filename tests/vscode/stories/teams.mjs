// A colleague's uncommitted lines: told, shown, taken and ignored from the buffer and from their row, and gone when they mend them. Their
// published baseline becomes one here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { play } from "./window.mjs";

const WHO = "Ada (ada-laptop)";

await play(async (window, { folder, file, line, ours, theirs, before, ada }) => {
  const { page } = window;
  const edited = readFileSync(ada.file, "utf8");
  const share = (text) => {
    writeFileSync(ada.file, text);
    execFileSync("forksight", ["-C", ada.folder, "share", "now"], { env: { ...process.env, ...ada.env }, stdio: "pipe" });
  };
  const row = window.tree().filter({ hasText: WHO }).filter({ hasText: "seen" }); // not the one below "Ignored overlaps"
  const isAsked = (question) => async () => (await window.question())?.placeholder === question;
  const closeEditor = async () => {
    await window.command("View: Close Editor");
    await page.locator(".tab.active", { hasText: "checkout.py" }).waitFor();
  };

  await window.open(folder, file);
  await window.command("Forksight: Share with Colleagues…");
  await page.locator(".tab.active", { hasText: "Share with colleagues" }).waitFor(); // the plan
  await window.answerToast("Share this", "1 file of 1 worktree");
  await closeEditor();
  await window.waitForSquiggles([line], "info");
  assert.deepEqual(await window.squiggles("warning"), []);
  await window.status().filter({ hasText: "sharing" }).waitFor();

  await window.showTree();
  await window.tree().filter({ hasText: "Colleagues" }).filter({ hasText: "Sharing through origin" }).waitFor();
  await row.filter({ hasText: /feature\/backoff · 2 files · seen .* · conflicts with main in shop\/checkout\.py/ }).waitFor();
  await window.goTo(line, 9);
  await window.command("Problems: Focus on Problems View");
  await window.problems(`${WHO} changed these lines too (uncommitted, seen`).filter({ hasText: "merging will conflict" }).waitFor();
  await window.screenshot("colleague");
  await window.command("View: Hide Panel");

  await window.goTo(line, 9);
  const hover = page.locator(".monaco-hover", { hasText: theirs.trim() });
  await window.wait("the hover with their lines", async () => {
    await window.press("Control+k", "Control+i");
    return await hover.waitFor({ timeout: 5000 }).then(() => true, () => window.press("Escape"));
  });
  await window.press("Escape");
  window.lap("the hover has their lines");

  const diff = page.locator(".monaco-diff-editor");
  const theirsInDiff = diff.locator(".original .view-line", { hasText: theirs.trim() });
  await window.action(row, "Diff with Theirs", () => window.shows(theirsInDiff, 1000));
  await diff.locator(".modified .view-line", { hasText: ours.trim() }).waitFor();
  await page.locator(".tab.active", { hasText: `${WHO} ↔ this worktree` }).waitFor();
  await closeEditor();
  await diff.waitFor({ state: "hidden" });
  await window.menu(row, "Open Theirs", isAsked("Which file?"));
  assert.match((await window.choices("NOTES")).join("\n"), /shop\/checkout\.py(.|\n)*conflicts with main(.|\n)*NOTES/);
  await window.choose("NOTES");
  await window.wait("their notes", async () => (await window.text()).includes("Retry later."));
  await window.toEditor();
  await page.keyboard.type("x");
  await page.getByText("Cannot edit in read-only editor").first().waitFor();
  await closeEditor();
  window.lap("their version can be compared and read");

  const saved = readFileSync(file, "utf8");
  await window.menu(row, "Take Theirs", async () => (await window.text()).includes(theirs.trim()));
  await window.waitForSquiggles([], "info");
  assert.equal(readFileSync(file, "utf8"), saved, "nothing was saved");
  await window.goTo(line);
  await window.press("Control+z");
  await window.waitForSquiggles([line], "info");

  for (const name of [WHO, "all machines of this person", "feature/backoff"]) {
    await window.menu(row, "Ignore Overlaps…", isAsked("With what?"));
    await window.choose(name);
    await window.waitForSquiggles([], "info");
    const ignored = window.tree().filter({ hasText: "Ignored overlaps" });
    await ignored.waitFor();
    const label = window.tree().filter({ has: page.locator(".codicon-eye-closed") }).filter({ hasNotText: "Ignored overlaps" });
    await window.wait("what is ignored", async () => {
      const isUnfolded = await window.shows(label, 1000);
      return isUnfolded || (await window.clicks(ignored), false);
    });
    await window.action(label.first(), "Stop Ignoring", async () => (await window.squiggles("info")).length > 0);
    await window.waitForSquiggles([line], "info");
  }
  window.lap("ignored by machine, person and branch, and heard again");

  share(before);
  await window.waitForSquiggles([], "info");
  await row.filter({ hasNotText: "conflicts with" }).waitFor();
  share(edited);
  await window.waitForSquiggles([line], "info");

  await window.command("Forksight: Fetch Baseline…");
  await window.answerToast("Fetch this", "Ada/shop-core, generation 1, from origin");
  await window.toast("Ada/shop-core is a baseline here now");
  await window.command("Forksight: Publish Baseline…");
  await window.toast("is published already as generation 1");
  window.lap("their baseline is one here");
});
