/** The fork tree as a person sees it. Pure: from what the server says to nodes with words in them. */

import type { ForkTree, Session, SessionState } from "../protocol";
import { ago, count, plural, sum } from "../words";

export interface Node {
  /** Stays the same while the tree changes, so that the selection does too. */
  readonly id: string;
  readonly kind: "repository" | "baseline" | "session" | "group";
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Flags between semicolons, for `viewItem =~ /;live;/`. */
  readonly context: string;
  readonly children: readonly Node[];
  readonly session?: Session;
  readonly open: boolean;
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
  "live-idle": "waiting for you",
  idle: "",
  pending: "not begun",
  archived: "archived",
  orphaned: "worktree gone",
};

/** The nodes of several repositories; one alone is not named. */
export function buildTree(trees: readonly ForkTree[], now: number): readonly Node[] {
  const [first] = trees;
  if (first && trees.length === 1) {
    return repositoryNodes(first, now);
  }
  return trees.map((tree) => ({
    id: `repository:${tree.repository}`,
    kind: "repository",
    label: repositoryName(tree.repository),
    description: plural(tree.sessions.length, "session"),
    icon: { name: "repo" },
    context: ";repository;",
    children: repositoryNodes(tree, now),
    open: true,
  }));
}

function repositoryNodes(tree: ForkTree, now: number): readonly Node[] {
  const roots = familyNodes(byParent(tree.sessions), null, now);
  const [kept, others] = partition(roots, belongs);
  const [archived, plain] = partition(others, ({ session }) => session?.state === "archived");
  const groups = [
    group(tree, "others", "Other sessions", "comment-discussion", plain),
    group(tree, "archived", "Archived", "archive", archived),
  ];
  return [...kept, ...groups.filter(({ children }) => children.length > 0)];
}

/** Whether a root is part of the story: a baseline, one that was forked, or one that is running. */
function belongs({ kind, children, session }: Node): boolean {
  return kind === "baseline" || children.length > 0 || (session !== undefined && isLive(session.state));
}

/** The sessions of a family as nodes; `parent` null: the roots, those whose parent is not here. */
function familyNodes(children: ReadonlyMap<string | null, Session[]>, parent: string | null, now: number): Node[] {
  return (children.get(parent) ?? [])
    .toSorted(byImportance)
    .map((session) => sessionNode(session, familyNodes(children, session.id, now), now));
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

function sessionNode(session: Session, children: readonly Node[], now: number): Node {
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
    last_active && !isLive(state) ? ago(now - Date.parse(last_active)) : "",
  ];
  return words.filter(Boolean).join(" · ");
}

function contextOf({ baseline, state, parent, worktree }: Session): string {
  const flags = [
    "session",
    baseline && "baseline",
    baseline?.current && "current",
    parent !== null && !baseline && "fork",
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
