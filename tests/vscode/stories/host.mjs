// Runs extension-host tests through VS Code's own test driver; their exit code is the report.
import assert from "node:assert/strict";
import { play } from "./window.mjs";

await play(async ({ page }, { port, workspace, extension, tests }) => {
  const lines = [];
  const ended = new Promise((resolve) => {
    setTimeout(() => resolve("it took too long"), 400_000).unref();
    page.exposeFunction("codeAutomationLog", (_type, args) => lines.push(args));
    page.exposeFunction("codeAutomationExit", resolve);
  });
  const uri = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [
    ["extensionDevelopmentPath", uri(extension)],
    ["extensionTestsPath", uri(tests)],
    ["skipWelcome", "true"],
  ];
  const query = new URLSearchParams({ workspace, payload: JSON.stringify(payload) });
  await page.goto(`http://127.0.0.1:${port}/?${query}`);
  const code = await ended;
  for (const line of lines.flat()) {
    console.log(String(line));
  }
  assert.equal(code, 0);
  return { code };
});
