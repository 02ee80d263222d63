import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Node, Shown } from "../../src/tree/node";
import { buildTree, nextStep } from "../../src/tree/nodes";
import { repositoryName, spoken } from "../../src/tree/wording";
import { session, tree as sessions, worktrees } from "./builders";

const NOW = Date.parse("2026-01-02T12:00:00Z");

/** The nodes as an outline: one line each, indented. */
function outline(nodes: readonly Node[], depth = 0): string[] {
  return nodes.flatMap(({ label, children }) => [`${"  ".repeat(depth)}${label}`, ...outline(children, depth + 1)]);
}

function tree(...all: Parameters<typeof sessions>): Shown {
  return { tree: sessions(...all), around: worktrees() };
}

const baseline = (name: string, generation: number, current: boolean) => ({ name, generation, current });

describe("buildTree", () => {
  it("puts forks under what they were forked from, the live ones first", () => {
    const nodes = buildTree(
      [
        tree(
          session("base", { baseline: baseline("project", 1, true) }),
          session("idle", { parent: "base", last_active: "2026-01-02T11:00:00Z" }),
          session("older", { parent: "base", last_active: "2026-01-01T11:00:00Z" }),
          session("live", { parent: "base", state: "live-idle" }),
          session("deep", { parent: "live" }),
        ),
      ],
      NOW,
    );
    assert.deepEqual(outline(nodes), ["project", "  live", "    deep", "  idle", "  older"]);
  });

  it("keeps the generations of a baseline under the current one, with the forks of each", () => {
    const nodes = buildTree(
      [
        tree(
          session("g1", { baseline: baseline("project", 1, false) }),
          session("g2", { parent: "g1", baseline: baseline("project", 2, true) }),
          session("old fork", { parent: "g1" }),
          session("new fork", { parent: "g2" }),
        ),
      ],
      NOW,
    );
    assert.deepEqual(outline(nodes), ["project", "  new fork", "  g1", "    old fork"]);
  });

  it("shows colleagues while sharing is on, in the server's words, also where nobody else shares", () => {
    const colleague = {
      worktree: "refs/forksight/v1/m/0a:main",
      label: "Ada (ada-laptop)",
      user: "Ada",
      branch: "main",
      paths: ["new.py", "pay.py"],
      conflicts: [{ with: "feature/pay", worktree: "/w/pay", path: "pay.py" }],
      text: "main · 1 file · seen 14:32 · conflicts with feature/pay in pay.py",
    };
    const sharing = "Sharing through origin: published 14:30; 1 other machine";
    const shown = (parts: object, around = worktrees()): readonly Node[] =>
      buildTree([{ tree: { ...sessions(), ...parts }, around }], NOW);
    const here = worktrees({ path: "/r", branch: "main", conflicts: 0, places: [] });
    const group = shown({ sharing, colleagues: [colleague] }, here).at(-1);
    assert.equal(group?.label, "Colleagues");
    assert.ok(group.description.includes(sharing));
    assert.deepEqual(outline(group.children), ["Ada (ada-laptop)"]);
    const [row] = group.children;
    assert.equal(row?.description, colleague.text);
    assert.equal(row.context, ";colleague;conflict-there;");
    assert.deepEqual(row.files, [
      { worktree: "/w/pay", path: "pay.py", conflictsWith: "feature/pay" },
      { worktree: "/r", path: "new.py" },
    ]);
    assert.deepEqual(outline(shown({ sharing, colleagues: [] })), ["Colleagues"]);
    assert.deepEqual(shown({ sharing: null, colleagues: [] }), []);
  });

  it("folds away what has no part in forking", () => {
    const nodes = buildTree(
      [
        tree(
          session("base", { baseline: baseline("project", 1, true) }),
          session("chat"),
          session("done", { state: "archived" }),
          session("running", { state: "live-busy" }),
        ),
      ],
      NOW,
    );
    assert.deepEqual(outline(nodes), ["project", "running", "Other sessions", "  chat", "Archived", "  done"]);
  });

  it("loses no session to a parent that is missing or to a circle", () => {
    const nodes = buildTree(
      [tree(session("a", { parent: "b" }), session("b", { parent: "a" }), session("c", { parent: "gone" }))],
      NOW,
    );
    assert.deepEqual(
      outline(nodes)
        .map((line) => line.trim())
        .sort(),
      ["Other sessions", "a", "b", "c"],
    );
  });

  it("says first what a session does, then where, and to a screen reader all of it", () => {
    const place = { path: "shop/checkout.py", line: 12, others: ["main", "spike"] };
    const around = worktrees({
      path: "/w/pay",
      branch: "feature/pay",
      conflicts: 2,
      conflictsText: "2 conflicts with main, spike in shop/checkout.py",
      places: [place],
    });
    const all = sessions(
      session("base", { baseline: baseline("project", 2, true) }),
      session("retry", { parent: "base", state: "live-busy", branch: "feature/retry" }),
      session("pay", { parent: "base", state: "live-waiting", branch: "feature/pay", worktree: "/w/pay" }),
    );
    const [node] = buildTree([{ tree: all, around, folders: ["/w/pay"] }], NOW);
    const [pay, retry] = node?.children ?? [];
    assert.ok(node && pay && retry);
    assert.equal(pay.description, "waits for a permission · this window · feature/pay");
    assert.equal(
      spoken(pay),
      "pay, fork, 2 conflicts with main, spike in shop/checkout.py, waits for a permission, this window, feature/pay",
    );
    assert.equal(spoken(node), "project, baseline, not running, gen 2");
    assert.notEqual(pay.icon.name, retry.icon.name);
    assert.match(pay.context, /;conflict;here;/);
  });

  it("puts what is archived aside, unless something is under it", () => {
    const nodes = buildTree(
      [
        tree(
          session("base", { baseline: baseline("project", 1, true) }),
          session("done", { parent: "base", state: "archived" }),
          session("kept", { parent: "base", state: "archived" }),
          session("child", { parent: "kept" }),
        ),
      ],
      NOW,
    );
    assert.deepEqual(outline(nodes), ["project", "  kept", "    child", "Archived", "  done"]);
  });

  it("says branch, state, tokens and age", () => {
    const [node] = buildTree(
      [
        tree(
          session("base", { baseline: baseline("project", 1, true) }),
          session("pay", {
            parent: "base",
            branch: "feature/pay",
            last_active: "2026-01-02T09:00:00Z",
            tokensText: { own: "35k", inherited: "35k", total: "70k" },
          }),
        ),
      ],
      NOW,
    );
    assert.equal(node?.children[0]?.description, "feature/pay · 3 h · 35k tok");
  });

  it("says how far the work is and what was said last, unless that is hidden", () => {
    const said = tree(session("pay", { worktree: "/w/pay", isFork: true, last_sentence: "All tests pass." }));
    const place = { path: "/w/pay", branch: "pay", conflicts: 0, places: [] };
    const around = worktrees({ ...place, uncommittedText: "3 uncommitted", distanceText: "2 ahead of main" });
    const described = (hide: string[]): string | undefined => {
      const [node] = buildTree([{ ...said, around: { ...around, hide } }], NOW);
      return node?.children[0]?.description;
    };
    assert.equal(described([]), "3 uncommitted · 2 ahead of main · main · “All tests pass.”");
    assert.equal(described(["uncommitted", "distance", "answer"]), "main");
  });

  it("gives menus what they ask for", () => {
    const [node] = buildTree(
      [
        tree(
          session("base", { baseline: baseline("project", 1, true) }),
          session("fork", { parent: "base", state: "live-busy" }),
          session("gone", { parent: "base", state: "orphaned" }),
        ),
      ],
      NOW,
    );
    assert.equal(node?.context, ";session;baseline;current;resumable;worktree;");
    assert.equal(node.children[0]?.context, ";session;fork;live;resumable;worktree;");
    assert.equal(node.children[1]?.context, ";session;fork;");
  });

  it("names repositories only if there are several", () => {
    const other = { tree: { ...sessions(session("x")), repository: "/srv/api.git" }, around: worktrees() };
    assert.deepEqual(
      buildTree([tree(session("a")), other], NOW).map(({ label }) => label),
      ["shop", "api"],
    );
  });

  it("counts conflicts where a fork works, and lists the worktrees that have none", () => {
    const around = {
      ...worktrees(
        { path: "/r", branch: "main", conflicts: 2, places: [] },
        { path: "/w/pay", branch: "feature/pay", conflicts: 1, places: [] },
        { path: "/w/x", branch: null, conflicts: 0, places: [] },
        { path: "/w/docs", branch: "docs", conflicts: 0, places: [] },
      ),
      ignored: ["spike"],
    };
    const all = sessions(
      session("base", { baseline: baseline("project", 1, true), worktree: "/r" }),
      session("pay", { parent: "base", worktree: "/w/pay" }),
    );
    const nodes = buildTree([{ tree: all, around }], NOW);
    const outlined = [
      "project",
      "  pay",
      "Worktrees without a fork",
      "  main",
      "  detached",
      "  docs",
      "Ignored overlaps",
      "  spike",
    ];
    assert.deepEqual(outline(nodes), outlined);
    assert.deepEqual(
      [nodes[0]?.conflicts, nodes[0]?.children[0]?.conflicts, nodes[1]?.children[0]?.conflicts],
      [0, 1, 2],
    );
    const removable = nodes[1]?.children.filter(({ context }) => context.includes(";linked;"));
    assert.deepEqual(
      removable?.map(({ label }) => label),
      ["docs"],
      "neither the main checkout nor what has no branch to name it by",
    );
  });

  it("has ids that do not depend on anything that changes", () => {
    const before = buildTree([tree(session("a", { state: "live-busy" }))], NOW);
    const after = buildTree([tree(session("a", { state: "live-idle", title: "renamed" }))], NOW);
    assert.equal(before[0]?.id, after[0]?.id);
  });
});

describe("what can be done with a session", () => {
  it("is that of a fork if it began as a copy, even of one that is gone", () => {
    const rows = { own: 2, inherited: 40 };
    const nodes = buildTree(
      [tree(session("orphan", { rows, state: "live-idle" }), session("chat", { state: "live-idle" }))],
      NOW,
    );
    assert.deepEqual(
      nodes.map(({ label, context }) => [label, context]),
      [
        ["chat", ";session;live;resumable;worktree;"],
        ["orphan", ";session;fork;live;resumable;worktree;"],
      ],
    );
  });
});

describe("a repository without a baseline", () => {
  const alone = { path: "/r", branch: "main", conflicts: 0, places: [] };
  const pay = { path: "/w/pay", branch: "feature/pay", conflicts: 1, places: [] };

  it("shows nothing before anything happened, so that the view says how to begin", () => {
    assert.deepEqual(buildTree([{ tree: sessions(), around: worktrees(alone) }], NOW), []);
  });

  it("shows worktrees without a session, and says what comes next", () => {
    const shown = [{ tree: sessions(), around: worktrees(alone, pay) }];
    assert.deepEqual(outline(buildTree(shown, NOW)), ["Worktrees without a fork", "  main", "  feature/pay"]);
    assert.match(nextStep(shown), /Start Claude Code/);
  });

  it("unfolds its sessions: one of them may become the baseline", () => {
    const shown = [tree(session("know the shop"))];
    assert.deepEqual(
      buildTree(shown, NOW).map(({ label, open }) => [label, open]),
      [["Other sessions", true]],
    );
    assert.match(nextStep(shown), /star of the session/);
    assert.equal(nextStep([tree(session("base", { baseline: baseline("project", 1, true) }))]), "");
  });
});

describe("repositoryName", () => {
  it("is the folder that people know", () => {
    assert.equal(repositoryName("/home/me/shop/.git"), "shop");
    assert.equal(repositoryName("/srv/shop.git"), "shop");
  });
});
