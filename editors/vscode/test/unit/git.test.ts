import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { refs, worktrees } from "../../src/git";

describe("git", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "forksight-")));
  const main = join(folder, "shop");
  const pay = join(folder, "pay\u00fc two");

  function git(...args: string[]): void {
    const who = ["-c", "user.name=shop", "-c", "user.email=shop@example.org", "-c", "init.defaultBranch=main"];
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    execFileSync("git", [...who, "-C", folder, ...args], { env, stdio: "ignore" });
  }

  before(() => {
    git("init", "shop");
    git("-C", main, "commit", "--allow-empty", "-m", "Open");
    git("-C", main, "worktree", "add", "-b", "feature/pay", pay);
    git("-C", main, "worktree", "add", "--detach", join(folder, "bare"));
    git("-C", main, "update-ref", "refs/remotes/origin/main", "HEAD");
    git("-C", main, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("lists branches and where they are checked out", async () => {
    const all = (await refs(main)).toSorted((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(all, [
      { name: "feature/pay", remote: false, current: false, worktree: pay },
      { name: "main", remote: false, current: true, worktree: main },
      { name: "origin/main", remote: true, current: false, worktree: null },
    ]);
    assert.equal((await refs(pay)).find(({ current }) => current)?.name, "feature/pay");
  });

  it("lists worktrees, the main one first", async () => {
    const all = await worktrees(pay);
    assert.deepEqual(all[0], { path: main, branch: "main" });
    assert.deepEqual(
      all.slice(1).toSorted((a, b) => a.path.localeCompare(b.path)),
      [
        { path: join(folder, "bare"), branch: null },
        { path: pay, branch: "feature/pay" },
      ],
    );
  });

  it("leaves out a worktree whose folder is gone", async () => {
    rmSync(join(folder, "bare"), { recursive: true });
    assert.deepEqual(
      (await worktrees(main)).map(({ path }) => path),
      [main, pay],
    );
  });

  it("fails in git's own words", async () => {
    await assert.rejects(refs("/"), /not a git repository/);
  });
});
