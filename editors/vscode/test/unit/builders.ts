/** Values for tests, with everything but what matters filled in. */

import type { Doomed, ForkTree, Session, Status, Worktrees } from "../../src/protocol";

const tokens = { input: 0, output: 0, cache_read: 0, cache_write: 0 };

export function session(id: string, parts: Partial<Session> = {}): Session {
  return {
    id,
    title: id,
    parent: null,
    evidence: "none",
    baseline: null,
    worktree: "/r",
    branch: "main",
    state: "idle",
    started: null,
    last_active: null,
    rows: { own: 1, inherited: 0 },
    tokens: { own: tokens, inherited: tokens },
    ...parts,
  };
}

export function tree(...sessions: Session[]): ForkTree {
  return { version: 1, repository: "/home/me/shop/.git", sessions, problems: [] };
}

export function worktrees(...paths: Worktrees["worktrees"]): Worktrees {
  return { repository: "/home/me/shop/.git", worktrees: paths, ignored: [] };
}

export function status(parts: Partial<Status> = {}): Status {
  return {
    worktree: "/r",
    branch: "main",
    fork: null,
    baseline: null,
    overlaps: { conflicts: 0, files: 0 },
    forks: { active: 0, abandoned: 0 },
    text: "main",
    tooltip: "",
    level: "ok",
    ...parts,
  };
}

export function doomed(title: string, parts: Partial<Doomed> = {}): Doomed {
  return {
    session: title,
    title,
    branch: title,
    reasons: [{ message: `${title} is merged into main` }],
    goes: { worktree: `/w/${title}`, branch: title, transcript: `/c/${title}.jsonl` },
    stays: [],
    lost: { uncommitted: [], untracked: [], ignored: [], stashes: [], commits: { count: 0, subjects: [] } },
    held: [],
    at_risk: false,
    outcome: "proposed",
    ...parts,
  };
}
