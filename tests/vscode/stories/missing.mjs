// No server anywhere: one message with the button that helps, and a palette without what can't work. Then it is installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { play } from "./stage.mjs";

await play(async (window, { folder, file, line, home, wheel, shelf }) => {
  const { page } = window;
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
  assert.match(await window.status().getAttribute("class"), /warning-kind/);
  await window.press("Control+j");
  await window.status().click();
  assert.match((await window.choices())[0], /Install Server/);
  await window.press("Escape");

  const storage = `${home}/user/User/globalStorage/forksight.forksight/server`;
  await window.command("Notifications: Clear All Notifications");
  await window.command("Forksight: Install Server");
  await window.toast("Installing the Forksight server: making").getByText("Cancel").click();
  await window.wait("no process of it", () => spawnSync("pgrep", ["-f", storage]).status === 1);
  await window.wait("nothing left of it", () => existsSync(storage) && readdirSync(storage).length === 0);
  window.lap("an install was cancelled");

  await page.locator('.activitybar [aria-label^="Forksight"]').first().click();
  await page.locator(".welcome-view-content").getByText("Install It").click();
  await window.toast("was not installed").waitFor();
  window.lap(`it can't be: ${await window.toast("was not installed").innerText()}`);
  renameSync(wheel, shelf); // as if the network were back
  await window.toast("was not installed").getByText("Try Again").click();
  await window.waitForSquiggles([line]);
  await window.status().filter({ hasText: "main · 1 conflict" }).waitFor();
});
