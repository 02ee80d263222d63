// Restricted Mode: warnings work, nothing that the folder names is run, and nothing that starts programs is offered.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, line, trap }) => {
  await window.open(folder, file);
  await window.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
  await window.waitForSquiggles([line]);
  assert.ok(!existsSync(trap), "the folder's own program was run");
  const offered = await window.palette("Forksight: ");
  assert.ok(offered.some((title) => title.includes("Show Overlaps")));
  assert.ok(!offered.some((title) => /Fork Session|Resume|Refresh Baseline|Clean Up/.test(title)), offered.join("; "));
  await window.clickTree();
  await window.page.locator(".pane-body .message", { hasText: "trust this folder" }).waitFor();
});
