/** The fork tree as a person sees it. Pure: from what the server says to nodes with words in them. */

import type { ForkTree, Session, SessionState, Worktrees } from "../protocol";
import { ago, count, plural, sum } from "../words";

export interface Node {
  /** Stays the same while the tree changes, so that the selection does too. */
  readonly id: string;
  readonly kind: "repository" | "baseline" | "session" | "worktree" | "ignored" | "group";
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Flags between semicolons, for `viewItem =~ /;live;/`. */
  readonly context: string;
  readonly children: readonly Node[];
  readonly session?: Session;
  /** Where it is, as far as it is anywhere. */
  readonly worktree?: string | null;
  readonly branch?: string | null;
  /** In its worktree: places where merging would stop. */
  readonly conflicts: number;
  readonly open: boolean;
}

/** One repository, as far as it is known. */
export interface Shown {
  readonly tree: ForkTree;
  readonly around: Worktrees;
}

export interface Icon {
  readonly name: string;
  readonly color?: string;
}

const STATE_ICONS: Record<SessionState, Icon> = {
  "live-busy": { name: "record", color: "charts.green" },
  "live-idle": { name: "circle-filled", color: "charts.green" },
  idle: { name: "circle-outline" },
  pending: { name: "clock", color: "charts.blue" },
  archived: { name: "archive", color: "disabledForeground" },
  orphaned: { name: "debug-disconnect", color: "charts.yellow" },
};

export const STATE_WORDS: Record<SessionState, string> = {
  "live-busy": "working",
  "live-idle": "your turn",
  idle: "",
  pending: "not begun",
  archived: "archived",
  orphaned: "worktree gone",
};

/** The nodes of several repositories; one alone is not named. */
export function buildTree(shown: readonly Shown[], now: number): readonly Node[] {
  const [first] = shown;
  if (first && shown.length === 1) {
    return repositoryNodes(first, now);
  }
  return shown.map((each) => ({
    id: `repository:${each.tree.repository}`,
    kind: "repository",
    label: repositoryName(each.tree.repository),
    description: plural(each.tree.sessions.length, "session"),
    icon: { name: "repo" },
    context: ";repository;",
    children: repositoryNodes(each, now),
    conflicts: 0,
    open: true,
  }));
}

/** What comes next where there is no baseline yet; "" where there is one, or nothing to show at all. */
export function nextStep(shown: readonly Shown[]): string {
  if (shown.length === 0 || shown.some(({ tree }) => hasBaseline(tree))) {
    return "";
  }
  return shown.some(({ tree }) => tree.sessions.length > 0)
    ? "No baseline yet. The star of a session makes it one: choose the one that knows the project."
    : "No Claude Code session yet: let one learn the project, then mark it as a baseline.";
}

function hasBaseline({ sessions }: ForkTree): boolean {
  return sessions.some(({ baseline }) => baseline !== null);
}

function repositoryNodes({ tree, around }: Shown, now: number): readonly Node[] {
  if (tree.sessions.length === 0 && around.worktrees.length < 2 && around.ignored.length === 0) {
    return []; // the view says how to begin
  }
  const conflicts = new Map(around.worktrees.map((worktree) => [worktree.path, worktree.conflicts]));
  const family = { children: byParent(tree.sessions), conflicts, now };
  const [kept, others] = partition(familyNodes(family, null), belongs);
  const [archived, plain] = partition(others, ({ session }) => session?.state === "archived");
  const groups = [
    {
      ...group(tree, "worktrees", "Worktrees without a fork", "folder-library", worktreeNodes(tree, around)),
      open: true,
    },
    { ...group(tree, "others", "Other sessions", "comment-discussion", plain), open: !hasBaseline(tree) },
    group(tree, "archived", "Archived", "archive", archived),
    group(tree, "ignored", "Ignored overlaps", "eye-closed", ignoredNodes(tree, around)),
  ];
  return [...kept, ...groups.filter(({ children }) => children.length > 0)];
}

/** The worktrees that no fork works in; a badge of a fork says what conflicts in the others. */
function worktreeNodes({ sessions }: ForkTree, { worktrees }: Worktrees): Node[] {
  const taken = new Set(sessions.filter(isFork).map(({ worktree }) => worktree));
  return worktrees
    .filter(({ path }) => !taken.has(path))
    .map(({ path, branch, conflicts }) => ({
      id: `worktree:${path}`,
      kind: "worktree",
      label: branch ?? "detached",
      description: path.split("/").at(-1) ?? path,
      icon: { name: "git-branch" },
      context: `;place;worktree;${branch === null ? "" : "branch;"}`,
      children: [],
      worktree: path,
      branch,
      conflicts,
      open: false,
    }));
}

function ignoredNodes(tree: ForkTree, { ignored }: Worktrees): Node[] {
  return ignored.map((label) => ({
    id: `ignored:${tree.repository}:${label}`,
    kind: "ignored",
    label,
    description: "",
    icon: { name: "eye-closed" },
    context: ";ignored;",
    children: [],
    conflicts: 0,
    open: false,
  }));
}

/** Whether a session is somebody's work in a worktree of its own, as against a baseline or something long done. */
function isFork(session: Session): boolean {
  const { baseline, state } = session;
  return baseline === null && state !== "archived" && (isCopy(session) || isLive(state));
}

/** Whether a root is part of the story: a baseline, one that was forked, or one that is running. */
function belongs({ kind, children, session }: Node): boolean {
  return kind === "baseline" || children.length > 0 || (session !== undefined && isLive(session.state));
}

interface Family {
  /** By the session that they are shown under; null: the roots. */
  readonly children: ReadonlyMap<string | null, Session[]>;
  readonly conflicts: ReadonlyMap<string, number>;
  readonly now: number;
}

/** The sessions under a parent as nodes, with everything under them. */
function familyNodes(family: Family, parent: string | null): Node[] {
  return (family.children.get(parent) ?? [])
    .toSorted(byImportance)
    .map((session) => sessionNode(session, familyNodes(family, session.id), family));
}

/**
 * Sessions by the one that each is shown under.
 *
 * The generations of a baseline stand together, under the current one, whichever was forked from which.
 */
function byParent(sessions: readonly Session[]): Map<string | null, Session[]> {
  const ids = new Map(sessions.map((session) => [session.id, session]));
  const currents = new Map(
    sessions.flatMap(({ id, baseline }) => (baseline?.current ? [[baseline.name, id] as const] : [])),
  );
  const above = ({ id, parent, baseline }: Session): string | null => {
    const current = baseline ? currents.get(baseline.name) : undefined;
    if (current !== undefined) {
      return current === id ? null : current;
    }
    return parent !== null && ids.has(parent) ? parent : null;
  };
  const endsInRoot = (session: Session): boolean => {
    const seen = new Set<string>();
    for (let at: Session | undefined = session; at && !seen.has(at.id); at = ids.get(above(at) ?? "")) {
      seen.add(at.id);
      if (above(at) === null) {
        return true;
      }
    }
    return false;
  };
  const children = new Map<string | null, Session[]>();
  for (const session of sessions) {
    const parent = endsInRoot(session) ? above(session) : null; // a circle can't be shown otherwise
    children.set(parent, [...(children.get(parent) ?? []), session]);
  }
  return children;
}

function byImportance(a: Session, b: Session): number {
  return rank(a) - rank(b) || (b.last_active ?? "").localeCompare(a.last_active ?? "") || a.id.localeCompare(b.id);
}

function rank({ baseline, state }: Session): number {
  if (baseline) {
    return baseline.current ? 0 : 4;
  }
  return isLive(state) ? 1 : state === "pending" ? 2 : state === "archived" ? 5 : 3;
}

export function isLive(state: SessionState): boolean {
  return state === "live-busy" || state === "live-idle";
}

function sessionNode(session: Session, children: readonly Node[], { conflicts, now }: Family): Node {
  const { baseline, state } = session;
  const isBaseline = baseline?.current === true;
  return {
    id: `session:${session.id}`,
    kind: isBaseline ? "baseline" : "session",
    label: isBaseline ? baseline.name : sessionLabel(session),
    description: description(session, now),
    icon: isBaseline
      ? { name: "star-full", color: "charts.yellow" }
      : baseline
        ? { name: "history" }
        : STATE_ICONS[state],
    context: contextOf(session),
    children,
    session,
    worktree: session.worktree,
    branch: session.branch,
    conflicts: isFork(session) ? (conflicts.get(session.worktree ?? "") ?? 0) : 0,
    open: isBaseline || children.some(({ session: child }) => child?.baseline === null),
  };
}

/** What a session is called: its title, else the start of its id. */
export function sessionLabel({ title, id }: Pick<Session, "title" | "id">): string {
  return title ?? `untitled ${id.slice(0, 8)}`;
}

function description(session: Session, now: number): string {
  const { baseline, branch, title, state, last_active, tokens } = session;
  const own = sum(tokens.own);
  const words = [
    baseline ? `gen ${baseline.generation}` : branch === title ? "" : (branch ?? ""),
    STATE_WORDS[state],
    own > 0 ? `${count(own)} tok` : "",
    last_active && !isLive(state) && now - Date.parse(last_active) > 60_000 ? ago(now - Date.parse(last_active)) : "",
  ];
  return words.filter(Boolean).join(" · ");
}

/** Whether a session began as a copy of another one, though that may be gone. */
export function isCopy({ parent, rows }: Session): boolean {
  return parent !== null || rows.inherited > 0;
}

function contextOf(session: Session): string {
  const { baseline, state, worktree } = session;
  const flags = [
    "session",
    baseline && "baseline",
    baseline?.current && "current",
    isCopy(session) && !baseline && "fork",
    isLive(state) && "live",
    state !== "archived" && state !== "orphaned" && "resumable",
    state === "archived" && "archived",
    worktree !== null && state !== "orphaned" && "worktree",
  ];
  return `;${flags.filter(Boolean).join(";")};`;
}

function group(tree: ForkTree, name: string, label: string, icon: string, children: readonly Node[]): Node {
  return {
    id: `${name}:${tree.repository}`,
    kind: "group",
    label,
    description: String(children.length),
    icon: { name: icon },
    context: `;group;${name};`,
    children,
    conflicts: 0,
    open: false,
  };
}

/** The folder that people call the repository by: the one that holds `.git`. */
export function repositoryName(commonDir: string): string {
  const parts = commonDir.split("/").filter(Boolean);
  const last = parts.at(-1) ?? commonDir;
  return last === ".git" ? (parts.at(-2) ?? last) : last.replace(/\.git$/, "");
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
