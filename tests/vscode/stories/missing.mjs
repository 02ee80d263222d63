// No server anywhere: one message with the button that helps, and a palette without what can't work.
import assert from "node:assert/strict";
import { play } from "./stage.mjs";

await play(async (window, { folder, file }) => {
  await window.open(folder, file);
  const toast = window.toast("none was found");
  await toast.waitFor();
  const buttons = await toast.locator(".monaco-button").allInnerTexts();
  window.lap(`buttons: ${JSON.stringify(buttons)}`);
  assert.deepEqual(buttons, ["Install", "Show Logs"]);

  const rows = (await window.palette("Forksight: ")).map((row) => row.split("\n")[0]);
  const offered = rows.filter((row) => row.startsWith("Forksight: ") && !row.includes("Focus on")).sort();
  window.lap(`palette: ${JSON.stringify(offered)}`);
  assert.deepEqual(offered, ["Forksight: Install Server", "Forksight: Restart Server", "Forksight: Show Logs"]);
  await window.press("Escape");
  await window.command("Forksight: Show Logs");
  await window.wait("the log", async () => (await window.output()).includes("found no server"));
  assert.match(await window.status().innerText(), /Forksight/);
});
