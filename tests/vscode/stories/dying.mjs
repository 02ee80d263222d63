// The server is killed again and again: started anew four times, then given up on with a message that helps.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, line, pids }) => {
  const started = () => readFileSync(pids, "utf8").trim().split("\n").map(Number);
  await window.open(folder, file);
  await window.waitForSquiggles([line]);
  for (let restarts = 1; restarts <= 4; restarts++) {
    process.kill(started().at(-1), "SIGKILL");
    await window.wait(`restart ${restarts}`, () => started().length === restarts + 1);
    if (restarts === 1) {
      await window.waitForSquiggles([line]);
    }
  }
  window.lap("four restarts");
  process.kill(started().at(-1), "SIGKILL");
  const toast = await window.toast("was not started again");
  assert.equal(await window.notifications().count(), 1, "one message and no more");
  await window.waitForSquiggles([]);
  assert.equal(started().length, 5);
  assert.deepEqual(await toast.locator(".monaco-button").allInnerTexts(), ["Show Logs", "Restart Server"]);

  await window.answerToast("Restart Server", "was not started again");
  await window.waitForSquiggles([line]);
  assert.equal(started().length, 6);
});
