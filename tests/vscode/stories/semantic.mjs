// A merge that is clean and breaks the code: underlined while it is typed, gone when either side mends it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, line, theirs, before, after }) => {
  const { page } = window;
  await window.open(folder, file);
  await window.goTo(line);
  await page.keyboard.type("    total(receipt)");
  await window.wait("the call that was typed", async () => (await window.text()).includes("total(receipt)"));
  await window.waitForSquiggles([line]);

  await window.command("Problems: Focus on Problems View");
  await window.problems("changes the parameters of `total()`").first().waitFor();
  assert.equal(await window.problems("merging is clean, but this call will break").count(), 1);
  await window.screenshot("semantic");
  await window.command("View: Hide Panel");

  writeFileSync(theirs, before);
  await window.waitForSquiggles([]);
  writeFileSync(theirs, after);
  await window.waitForSquiggles([line]);

  await window.goTo(line);
  await window.press("Control+Shift+k");
  await window.waitForSquiggles([]);
});
