/** Values for tests, with everything but what matters filled in. */

import type {
  CleanEntry,
  CleanPlan,
  ForkTree,
  LandEntry,
  Session,
  SessionState,
  Status,
  Worktrees,
} from "../../src/protocol";

/** What the server says. */
const WORDS: Record<SessionState, string> = {
  "live-busy": "working",
  "live-waiting": "waits for a permission",
  "live-idle": "your turn",
  idle: "not running",
  pending: "not started yet",
  archived: "archived",
  orphaned: "worktree gone",
};

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
    stateText: WORDS[parts.state ?? "idle"],
    isFork: (parts.parent ?? null) !== null || (parts.rows?.inherited ?? 0) > 0,
    started: null,
    last_active: null,
    last_sentence: null,
    rows: { own: 1, inherited: 0 },
    tokensText: { own: "0", inherited: "0", total: "0" },
    ...parts,
  };
}

export function tree(...sessions: Session[]): ForkTree {
  return { version: 1, repository: "/home/me/shop/.git", sessions, problems: [] };
}

type Place = Worktrees["worktrees"][number];

export function worktrees(
  ...paths: (Omit<Place, "uncommittedText" | "distanceText" | "conflictsText"> & Partial<Place>)[]
): Worktrees {
  const all = paths.map((path) => ({ uncommittedText: "", distanceText: "", conflictsText: "", ...path }));
  return { repository: "/home/me/shop/.git", worktrees: all, ignored: [], hide: [] };
}

export function status(parts: Partial<Status> = {}): Status {
  return {
    worktree: "/r",
    branch: "main",
    fork: null,
    baseline: null,
    overlaps: { conflicts: 0, files: 0, breaks: 0, text: "" },
    forks: { active: 0, abandoned: 0 },
    sessions: { waiting: [], working: 0 },
    text: "main",
    tooltip: "",
    level: "ok",
    ...parts,
  };
}

export function cleanEntry(
  title: string,
  parts: Partial<CleanEntry> = {},
  words: Partial<CleanEntry["words"]> = {},
): CleanEntry {
  return {
    session: title,
    title,
    goes: { worktree: `/w/${title}` },
    at_risk: false,
    outcome: "proposed",
    words: {
      why: "is merged into main",
      heading: "nothing would be lost",
      detail: `goes: worktree, branch ${title}`,
      refusal: null,
      question: { message: `Clean up “${title}”?`, detail: "", yes: "Clean Up", no: "Keep It" },
      ...words,
    },
    ...parts,
  };
}

export function cleanPlan(forks: readonly CleanEntry[], parts: Partial<CleanPlan> = {}): CleanPlan {
  return { forks, summary: "", problems: [], ...parts };
}

export function landEntry(
  branch: string,
  parts: Partial<LandEntry> = {},
  words: Partial<LandEntry["words"]> = {},
): LandEntry {
  return {
    branch,
    worktree: `/w/${branch}`,
    outcome: "proposed",
    held: [],
    words: {
      heading: "can land",
      outcome: "1 commit, to be merged into main",
      details: [],
      refusal: null,
      ...words,
    },
    ...parts,
  };
}
