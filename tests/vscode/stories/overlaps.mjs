// The main job: a warning on the right line, before anything is saved, and the ways to it and out of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, line, theirs }) => {
  const { page } = window;
  await window.open(folder, file);
  await window.waitForSquiggles([line]);

  await window.command("Problems: Focus on Problems View");
  await window.problems("merging will conflict").first().waitFor();
  assert.equal(await window.problems("merging will conflict").count(), 1);
  await window.screenshot("overlap");
  await window.command("View: Hide Panel");

  const status = window.status().filter({ hasText: "main · 1 conflict" });
  assert.match(await status.getAttribute("class"), /warning-kind/);
  await status.click();
  assert.match((await window.choices("Show Logs")).join("\n"), /Show 1 Conflict(.|\n)*Fork Session(.|\n)*Show Fork Tree(.|\n)*Show Logs/);
  await window.choose("Show 1 Conflict");
  await window.choose("merging will conflict");
  await page.locator(".statusbar-item", { hasText: `Ln ${line}, Col 1` }).waitFor();

  await window.goTo(10);
  await window.command("Forksight: Show Overlaps");
  await window.choices("merging will conflict");
  await page.locator(".statusbar-item", { hasText: `Ln ${line}, Col 1` }).waitFor();
  assert.equal(await page.locator(".editor-instance .selected-text").count(), 0, "looked at, not selected");
  await window.leave("Where to?");
  await page.locator(".statusbar-item", { hasText: "Ln 10, Col 1" }).waitFor();
  assert.equal(await page.locator(".statusbar-item", { hasText: "selected" }).count(), 0);
  await page.waitForFunction(() => document.activeElement?.closest(".editor-instance")); // where it was before the question
  await page.keyboard.type("x");
  await window.wait("a letter where the cursor was", async () => (await window.text()).includes("\nx"));
  await window.waitForSquiggles([line]);
  await window.press("Control+z");
  window.lap("Escape puts back what was there");

  const saved = readFileSync(file, "utf8");
  await window.goTo(3);
  await page.keyboard.type("import logging\n");
  await window.waitForSquiggles([line + 1]);
  assert.equal(readFileSync(file, "utf8"), saved, "nothing was saved");

  await window.goTo(line + 1, 9);
  const hover = page.locator(".monaco-hover", { hasText: theirs.trim() }).filter({ hasText: "Quick Fix" });
  await window.wait("the hover with their lines and the fixes", async () => {
    await window.press("Control+k", "Control+i");
    const shown = await hover.waitFor({ timeout: 5000 }).then(() => true, () => false);
    return shown || (await window.press("Escape")); // a hover that came before its squiggle never shows the fixes
  });
  await page.screenshot({ path: `${window.facts.shots}/vscode-hover.png` });
  await window.press("Escape");

  await window.command("Forksight: Diff with Theirs");
  const diff = page.locator(".monaco-diff-editor");
  await diff.locator(".original .view-line", { hasText: "backoff" }).waitFor();
  await diff.locator(".modified .view-line", { hasText: "settings.RETRIES" }).waitFor();
  await page.locator(".tab.active", { hasText: "feature/pay ↔ this worktree" }).waitFor();
  await window.screenshot("diff");
  await window.command("View: Close Editor");
  await diff.waitFor({ state: "hidden" });

  await window.goTo(line + 1, 9);
  const fixes = page.locator(".action-widget .monaco-list-row");
  await window.wait("the fixes", async () => {
    await window.press("Control+.");
    return (await window.shows(fixes.filter({ hasText: /take/i }))) || (await window.press("Escape"));
  });
  assert.deepEqual(
    (await fixes.allInnerTexts()).filter((title) => title.includes("feature/pay")),
    [
      "Open feature/pay's version",
      "Show the difference to feature/pay",
      "Take feature/pay's version of these lines",
      "Ignore overlaps with feature/pay",
    ],
  );
  await page.screenshot({ path: `${window.facts.shots}/vscode-fixes.png` });
  await fixes.filter({ hasText: /take/i }).first().click();
  await window.waitForSquiggles([]);
  await window.wait("their lines", async () => (await window.text()).includes(theirs.trim()));
});
