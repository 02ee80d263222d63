// From an empty repository on: what the tree and the palette offer, what commands say, and that every question can be left.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { play } from "./window.mjs";

const PALETTE = [
  "Clean Up Forks…",
  "Compare Forks…",
  "Fetch Baseline…",
  "Fork Session for This Branch",
  "Land Forks…",
  "Open Worktree in New Window…",
  "Open Worktree in This Window…",
  "Publish Baseline…",
  "Refresh Baseline",
  "Restart Server",
  "Restore Fork…",
  "Resume Session…",
  "Roll Back Baseline…",
  "Set Baseline…",
  "Show Fork",
  "Show Fork Tree",
  "Show Logs",
  "Show Overlaps",
  "Show Savings",
  "Show Sharing",
  "Show Waiting Session…",
  "Start Claude Code",
  "Take Findings…",
];

// what each command says where it finds nothing to do
const NOTHING = {
  "Clean Up Forks…": "no fork is abandoned",
  "Compare Forks…": "no two forks to compare",
  "Restore Fork…": "No fork is in the archive",
  "Refresh Baseline": "is up to date",
  "Roll Back Baseline…": "generation",
  "Show Waiting Session…": "No session waits for you",
  "Show Overlaps": "no other worktree edits the same lines",
};

await play(async (window, { folder, pay, home }) => {
  const { page } = window;
  const run = (cwd, program, ...args) => execFileSync(program, args, { cwd, encoding: "utf8", stdio: "pipe" });
  const claude = (cwd, ...args) => run(cwd, "claude", "-p", "--dangerously-skip-permissions", ...args);
  const state = () =>
    [
      run(folder, "git", "for-each-ref"),
      run(folder, "git", "worktree", "list"),
      run(folder, "forksight", "baseline", "list", "--json"),
    ].join("\n");
  const row = (text) => window.tree().filter({ hasText: text });

  await window.open(folder);
  await window.showTree();
  const welcome = page.locator(".welcome-view-content");
  await welcome.getByText("No Claude Code session in this repository yet").waitFor();
  assert.equal(await window.tree().count(), 0);
  await window.screenshot("welcome");
  await welcome.getByText("How forking works").click();
  const first = page.locator(".gettingStartedContainer .getting-started-step", { hasText: "Install the server" });
  await first.locator(".codicon.complete").waitFor();
  await page.locator(".tabs-container .tab").click({ button: "middle" });
  await first.waitFor({ state: "hidden" });
  window.lap("the walkthrough knows that the server runs");
  for (const title of ["Set Baseline…", "Fork Session for This Branch"]) {
    await window.command(`Forksight: ${title}`);
    await (await window.toast("no session in this repository yet")).getByText("Start Claude Code").waitFor();
    await window.clear();
  }
  await welcome.getByText("Start Claude Code").click();
  await page.locator(".terminal-wrapper.active .xterm-rows").filter({ hasText: /Claude Code|for shortcuts/ }).waitFor();
  await (await window.toast("Let Claude Code learn the project")).getByText("Set Baseline…").waitFor();
  window.lap("a first session is one click away");
  const screen = page.locator(".terminal-wrapper.active .xterm-rows").filter({ hasText: "This is a shell in" });
  const ended = screen.filter({ hasText: /Claude Code ended with exit status [1-9]/ });
  await window.wait("Claude Code ended", async () => {
    const ofThisHome = `grep -qz "^HOME=${home}$" /proc/$pid/environ && pkill -KILL -P $pid`;
    spawnSync("sh", ["-c", `for pid in $(pgrep -f "[T]his is a shell in"); do ${ofThisHome}; done`]); // offline it ends by itself
    return (await ended.count()) > 0;
  });
  window.lap("a terminal outlives what ran in it");
  await window.command("Terminal: Kill the Active Terminal Instance");
  await window.clear();

  const base = "11111111-2222-4333-8444-555555555555";
  claude(folder, "--session-id", base, "--name", "know the shop", "READ shop/checkout.py");
  await row("know the shop").waitFor();
  await page.locator(".pane-body .message", { hasText: "No baseline yet" }).waitFor();
  window.lap("a session that begins elsewhere appears");

  const before = state();
  await window.command("Forksight: Fork Session for This Branch");
  await window.leave("Which session knows what every fork should know?");
  await window.command("Forksight: Fork Session for This Branch");
  await window.choose("know the shop");
  await window.leave("What the baseline is called");
  await window.command("Forksight: Fork Session for This Branch");
  await window.choose("know the shop");
  await window.answer("What the baseline is called", "shop");
  await window.leave("Which branch is the fork for?");
  assert.equal(state(), before, "who gives up leaves nothing behind");
  window.lap("nothing was marked");

  await window.action(row("know the shop"), "Set Baseline", () => window.question());
  await window.answer("What the baseline is called", "shop");
  await window.toast("shop is a baseline now");
  await row("shop").filter({ hasText: "gen 1" }).waitFor();
  await window.clear();

  for (const [title, says] of Object.entries(NOTHING)) {
    await window.command(`Forksight: ${title}`);
    await window.toast(says);
    await window.clear();
  }
  window.lap("commands say that there is nothing to do");

  run(folder, "git", "worktree", "add", "--quiet", pay, "feature/pay");
  claude(pay, "--resume", base, "--fork-session", "--name", "feature/pay", "READ shop/checkout.py");
  const session = row("feature/pay").filter({ hasText: "tok" }); // until it appears, the row is its worktree's
  await session.filter({ hasNotText: /working|your turn/ }).waitFor();
  const isSelected = async () => /selected/.test(await row("feature/pay").getAttribute("class"));
  await window.select(row("feature/pay"));
  claude(folder, "--resume", base, "--fork-session", "--name", "another", "READ shop/checkout.py");
  await row("another").waitFor();
  await window.wait("the selection kept", isSelected);

  const after = state();
  await window.command("Forksight: Fork Session for This Branch");
  await window.type("feature/refunds");
  await window.choose("Create branch feature/refunds");
  await window.leave("What does feature/refunds start from?");
  await window.command("Forksight: Fork Session for This Branch");
  await window.type("feature/refunds");
  await window.choose("Create branch feature/refunds");
  await window.asked("start from?");
  await window.title("Back").click();
  await window.asked("Which branch is the fork for?");
  await window.choose("feature/pay");
  await window.asked("feature/pay already has a fork");
  assert.match((await window.choices("Fork again"))[0], /Resume feature\/pay/);
  await window.choose("Fork again");
  await window.answer("The name of the session", "");
  await window.leave("A session needs a name.");
  await window.command("Forksight: Fork Session for This Branch");
  await window.choose("feature/pay");
  await window.choose("Fork again");
  await window.answer("The name of the session", "pay again");
  await window.leave("What is it to do?");
  for (const [title, text] of [
    ["Resume Session…", "Which session?"],
    ["Compare Forks…", "Which forks?"],
    ["Open Worktree in New Window…", "Which worktree?"],
  ]) {
    await window.command(`Forksight: ${title}`);
    await window.leave(text);
  }
  assert.equal(state(), after, "who gives up leaves nothing behind");
  assert.equal(await page.locator(".terminal-wrapper").count(), 0);
  window.lap("every question was left");

  const words = new Set(["", ...PALETTE.map((title) => title.split(" ")[0])]); // the list holds what fits into it
  assert.deepEqual(await window.offered(...[...words].map((word) => `Forksight: ${word}`)), PALETTE);

  await window.status().hover();
  await page.locator(".monaco-hover", { hasText: "Fork: another" }).getByText("Fork Tree").waitFor();
  await window.command("Forksight: Restart Server");
  await page.locator(".statusbar-item", { hasText: "was restarted" }).waitFor();

  const opened = page.context().waitForEvent("page");
  await window.command("Forksight: Open Worktree in New Window…");
  await window.choose("feature/pay");
  assert.match(decodeURIComponent((await opened).url()), new RegExp(`folder=.*${pay}`));
  await (await opened).close();

  await window.open(folder, `${folder}/shop/checkout.py`);
  await window.goTo(14, 5);
  await window.status().filter({ hasText: "main" }).waitFor();
  await window.command("Forksight: Open Worktree in This Window…");
  await window.choose("feature/pay");
  await page.waitForURL((url) => decodeURIComponent(url.href).includes(`folder=${pay}`));
  await page.locator(".statusbar-item", { hasText: "Ln 14, Col 5" }).waitFor();
  await window.status().filter({ hasText: "feature/pay" }).waitFor();
  window.lap("another worktree takes this window, at the same file and line");
});
