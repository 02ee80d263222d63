import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  baselineItems,
  branchesOf,
  branchItems,
  comparable,
  sessionItems,
  startPointItems,
  worktreeItems,
} from "../../src/ask/choices";
import { branchName, branchProblem, freeName, nameProblem } from "../../src/ask/names";
import type { Ref } from "../../src/protocol";
import { session } from "./builders";

const NOW = Date.parse("2026-01-02T12:00:00Z");

function ref(name: string, parts: Partial<Ref> = {}): Ref {
  return { name, remote: false, current: false, worktree: null, ...parts };
}

describe("branchItems", () => {
  it("says what each branch has, the likeliest first", () => {
    const refs = [
      ref("zeta"),
      ref("alpha"),
      ref("docs", { worktree: "/w/docs" }),
      ref("feature/pay", { worktree: "/w/pay" }),
      ref("main", { current: true, worktree: "/r" }),
      ref("origin/main", { remote: true }),
    ];
    const sessions = [
      session("plain", { branch: "docs" }),
      session("older", { parent: "base", branch: "feature/pay", last_active: "2026-01-01T00:00:00Z" }),
      session("pay", {
        parent: "gone",
        branch: "feature/pay",
        last_active: "2026-01-02T00:00:00Z",
        state: "live-idle",
      }),
      session("base", { branch: "main", baseline: { name: "base", generation: 1, current: true } }),
    ];
    assert.deepEqual(
      branchItems(branchesOf(refs, sessions)).map(({ label, description }) => `${label} | ${description ?? ""}`),
      [
        "$(git-branch) main | this branch, no worktree of its own",
        "$(git-branch) feature/pay | fork pay, your turn · worktree pay",
        "$(git-branch) docs | worktree docs",
        "$(git-branch) zeta | ",
        "$(git-branch) alpha | ",
      ],
    );
  });
});

describe("startPointItems", () => {
  const refs = [ref("main", { current: true }), ref("origin/main", { remote: true })];

  it("begins with where the person is", () => {
    assert.deepEqual(
      startPointItems(refs, "").map(({ value }) => value),
      ["HEAD", "main", "origin/main"],
    );
  });

  it("begins with the setting, if there is one", () => {
    assert.deepEqual(
      startPointItems(refs, "origin/main").map(({ value }) => value),
      ["origin/main", "HEAD", "main"],
    );
  });
});

describe("worktreeItems", () => {
  it("leaves out where the person is", () => {
    const worktrees = [
      { path: "/r", branch: "main" },
      { path: "/w/pay", branch: "feature/pay" },
      { path: "/w/x", branch: null },
    ];
    assert.deepEqual(
      worktreeItems(worktrees, "/r", [session("pay", { worktree: "/w/pay" })]).map((item) => [
        item.label,
        item.description,
      ]),
      [
        ["$(git-branch) feature/pay", "session pay"],
        ["$(git-branch) detached", ""],
      ],
    );
  });
});

describe("sessionItems", () => {
  it("puts live ones first, then the last active, and leaves archived ones out", () => {
    const items = sessionItems(
      [
        session("old", { last_active: "2026-01-01T00:00:00Z" }),
        session("new", { last_active: "2026-01-02T11:00:00Z" }),
        session("live", { state: "live-busy" }),
        session("gone", { state: "archived" }),
      ],
      NOW,
    );
    assert.deepEqual(
      items.map(({ label }) => label),
      ["$(circle-filled) live", "$(circle-outline) new", "$(circle-outline) old"],
    );
  });
});

describe("comparable", () => {
  it("lists forks with a worktree by session, and worktrees without a fork by branch", () => {
    const sessions = [
      session("base", { worktree: "/r", baseline: { name: "base", generation: 1, current: true } }),
      session("pay", { parent: "base", worktree: "/w/pay", branch: "feature/pay" }),
      session("put away", { parent: "base", worktree: "/w/till", state: "archived" }),
      session("gone", { parent: "base", worktree: "/w/gone", state: "orphaned" }),
    ];
    const worktrees = [
      { path: "/r", branch: "main" },
      { path: "/w/pay", branch: "feature/pay" },
      { path: "/w/names", branch: "refactor/names" },
      { path: "/w/detached", branch: null },
    ];
    assert.deepEqual(
      comparable(sessions, worktrees, NOW).map(({ label, value }) => [label, value]),
      [
        ["$(circle-outline) pay", "pay"],
        ["$(git-branch) main", "main"],
        ["$(git-branch) refactor/names", "refactor/names"],
      ],
    );
  });
});

describe("baselineItems", () => {
  it("lists the current generation of each", () => {
    const items = baselineItems(
      [
        session("g1", { baseline: { name: "project", generation: 1, current: false } }),
        session("g2", {
          baseline: { name: "project", generation: 2, current: true },
          tokensText: { own: "1.5k", inherited: "41k", total: "42k" },
        }),
        session("x"),
      ],
      NOW,
    );
    assert.deepEqual(
      items.map(({ label, description }) => [label, description]),
      [["$(star-full) project", "generation 2 · 42k tokens"]],
    );
  });
});

describe("branchName", () => {
  it("has a dash for each run of spaces, as VS Code's own git puts them", () => {
    assert.equal(branchName(" fix the  till "), "fix-the-till");
  });
});

describe("branchProblem", () => {
  it("accepts what git accepts", () => {
    for (const name of ["main", "feature/pay", "fix-#12", "a.b", "ü", "user@host"]) {
      assert.equal(branchProblem(name), undefined, name);
    }
  });

  it("refuses what git refuses", () => {
    const names = [
      "",
      "-x",
      "a b",
      "a..b",
      "a~1",
      "a^",
      "a:b",
      "a?",
      "a*",
      "a[",
      "a\\b",
      "/a",
      "a/",
      "a//b",
      ".a",
      "a/.b",
    ];
    for (const name of [...names, "a.lock", "a.lock/b", "a.", "@", "a@{1}", "HEAD", "a\u0001"]) {
      assert.notEqual(branchProblem(name), undefined, name);
    }
  });
});

describe("names", () => {
  it("are one line and not taken", () => {
    const taken = new Set(["pay"]);
    assert.equal(nameProblem("pay two", taken, "session"), undefined);
    assert.match(nameProblem("pay", taken, "session") ?? "", /already/);
    assert.match(nameProblem("", taken, "session") ?? "", /needs a name/);
    assert.match(nameProblem("a\nb", taken, "session") ?? "", /one line/);
  });

  it("are proposed free", () => {
    assert.equal(freeName("pay", new Set()), "pay");
    assert.equal(freeName("pay", new Set(["pay", "pay-2"])), "pay-3");
  });
});
