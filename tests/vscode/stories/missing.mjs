// No server anywhere: one message with the button that helps, and a palette without what can't work. Then it is installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { play } from "./window.mjs";

await play(async (window, { folder, file, line, home, wheel, shelf }) => {
  const { page } = window;
  await window.open(folder, file);
  const toast = await window.toast("none was found");
  const buttons = await toast.locator(".monaco-button").allInnerTexts();
  window.lap(`buttons: ${JSON.stringify(buttons)}`);
  assert.deepEqual(buttons, ["Install", "Show Logs"]);

  assert.deepEqual(await window.offered("Forksight: "), ["Install Server", "Restart Server", "Show Logs"]);
  await window.command("Forksight: Show Logs");
  await window.wait("the log", async () => (await window.output()).includes("found no server"));
  assert.match(await window.status().innerText(), /Forksight/);
  assert.match(await window.status().getAttribute("class"), /warning-kind/);
  await window.command("View: Hide Panel");
  await window.status().click();
  assert.match((await window.choices("Restart Server"))[0], /Install Server/);
  await window.dismiss();

  const storage = `${home}/user/User/globalStorage/forksight.forksight/server`;
  await window.clear();
  await window.command("Forksight: Install Server");
  await window.answerToast("Cancel", "Installing the Forksight server: making");
  await window.wait("no process of it", () => spawnSync("pgrep", ["-f", storage]).status === 1);
  await window.wait("nothing left of it", () => existsSync(storage) && readdirSync(storage).length === 0);
  window.lap("an install was cancelled");

  await window.clickTree();
  await page.locator(".welcome-view-content").getByText("Install It").click();
  await window.toast("was not installed");
  window.lap(`it can't be: ${await (await window.toast("was not installed")).innerText()}`);
  renameSync(wheel, shelf); // as if the network were back
  await window.answerToast("Try Again", "was not installed");
  await window.waitForSquiggles([line]);
  await window.status().filter({ hasText: "main · 1 conflict" }).waitFor();
});
