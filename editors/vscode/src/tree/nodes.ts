/** Turns the server's fork tree into the nodes that are shown. Pure. */

import type { Place } from "../place";
import type { Colleague, ForkTree, Session, SessionState, Worktrees } from "../protocol";
import { isLive, sessionLabel } from "../session";
import { phrase, plural } from "../words";
import { byImportance, byParent } from "./family";
import type { ColleagueFile, Icon, Node, Shown } from "./node";
import { description, HERE, repositoryName } from "./wording";

/** Icons differ in shape: not everybody sees colours, and high-contrast themes have few. */
const STATE_ICONS: Record<SessionState, Icon> = {
  "live-busy": { name: "play-circle", color: "charts.green" },
  "live-waiting": { name: "bell-dot", color: "charts.orange" },
  "live-idle": { name: "circle-filled", color: "charts.green" },
  idle: { name: "circle-outline" },
  pending: { name: "clock", color: "charts.blue" },
  archived: { name: "archive", color: "disabledForeground" },
  orphaned: { name: "debug-disconnect", color: "charts.yellow" },
};

/** The nodes of several repositories; one alone is not named. */
export function buildTree(shown: readonly Shown[], now: number): readonly Node[] {
  const [first] = shown;
  if (first && shown.length === 1) {
    return placed(repositoryNodes(first, now), first.place);
  }
  return shown.map((repository) => ({
    id: `repository:${repository.tree.repository}`,
    kind: "repository",
    label: repositoryName(repository.tree.repository),
    description: plural(repository.tree.sessions.length, "session"),
    icon: { name: "repo" },
    context: ";repository;",
    children: placed(repositoryNodes(repository, now), repository.place),
    conflicts: 0,
    open: true,
  }));
}

/** Sets the repository of the nodes and of all nodes below them. */
function placed(nodes: readonly Node[], place: Place | undefined): readonly Node[] {
  return place === undefined
    ? nodes
    : nodes.map((node) => ({ ...node, place, children: placed(node.children, place) }));
}

/** The hint what to do if there is no baseline yet; "" if there is one, or no session at all. */
export function nextStep(shown: readonly Shown[], trusted = true): string {
  if (!trusted && shown.length > 0) {
    return "Restricted Mode: trust this folder to mark a baseline and to start sessions.";
  }
  if (shown.length === 0 || shown.some(({ tree }) => hasBaseline(tree))) {
    return "";
  }
  return shown.some(({ tree }) => tree.sessions.length > 0)
    ? "No baseline yet. Click the star of the session that knows the project."
    : "No Claude Code session yet. “Start Claude Code” (in the … menu) begins one: let it learn the project, then mark it.";
}

function hasBaseline({ sessions }: ForkTree): boolean {
  return sessions.some(({ baseline }) => baseline !== null);
}

function repositoryNodes({ tree, around, folders = [] }: Shown, now: number): readonly Node[] {
  if (tree.sessions.length === 0 && around.worktrees.length < 2 && around.ignored.length === 0 && !tree.sharing) {
    return []; // the view says how to begin
  }
  const worktrees = new Map(around.worktrees.map((worktree) => [worktree.path, worktree]));
  const isHere = (path: string | null): boolean => path !== null && folders.some((folder) => folder === path);
  const family = { children: byParent(tree.sessions), worktrees, isHere, hide: around.hide, now };
  const [nodes, archived] = withoutArchived(familyNodes(family, null));
  const [kept, plain] = partition(nodes, belongs);
  const groups = [
    {
      ...group(tree, "worktrees", "Worktrees without a fork", "folder-library", worktreeNodes(tree, around, isHere)),
      open: true,
    },
    { ...group(tree, "others", "Other sessions", "comment-discussion", plain), open: !hasBaseline(tree) },
    ...colleagueGroup(tree, around, isHere),
    group(tree, "archived", "Archived", "archive", archived),
    group(tree, "ignored", "Ignored overlaps", "eye-closed", ignoredNodes(tree, around)),
  ];
  return [...kept, ...groups.filter(({ id, children }) => children.length > 0 || id.startsWith("colleagues:"))];
}

/** The nodes, divided into those to show and the archived ones without children, which are shown in a group of their own. */
function withoutArchived(nodes: readonly Node[]): [kept: Node[], archived: Node[]] {
  const kept: Node[] = [];
  const archived: Node[] = [];
  for (const node of nodes) {
    const [children, below] = withoutArchived(node.children);
    archived.push(...below);
    if (node.session?.state === "archived" && children.length === 0) {
      archived.push({ ...node, children });
    } else {
      kept.push({ ...node, children });
    }
  }
  return [kept, archived];
}

/** The worktrees in which no fork works. (Conflicts of the others are shown by their forks' badges.) */
function worktreeNodes({ sessions }: ForkTree, around: Worktrees, isHere: IsHere): Node[] {
  const { worktrees } = around;
  const taken = new Set(sessions.filter(isAtWork).map(({ worktree }) => worktree));
  return worktrees
    .filter(({ path }) => !taken.has(path))
    .map((worktree) => ({ ...worktree, isMain: worktree === worktrees[0] }))
    .map(({ path, branch, isMain, conflicts, conflictsText, places, uncommittedText, distanceText }) => ({
      id: `worktree:${path}`,
      kind: "worktree",
      label: branch ?? "detached",
      description: phrase([
        isHere(path) ? HERE : "",
        around.hide.includes("uncommitted") ? "" : uncommittedText,
        around.hide.includes("distance") ? "" : distanceText,
        path.split("/").at(-1) ?? path,
      ]),
      icon: { name: "git-branch" },
      context: flags([
        "place",
        "worktree",
        branch !== null && "branch",
        branch !== null && !isMain && "linked",
        conflicts > 0 && "conflict",
        isHere(path) && "here",
      ]),
      children: [],
      worktree: path,
      branch,
      conflicts,
      conflictsText,
      places,
      open: false,
    }));
}

/** The worktrees on other machines. While sharing is on, the group is shown even if it is empty. */
function colleagueGroup(tree: ForkTree, { worktrees }: Worktrees, isHere: IsHere): Node[] {
  const { sharing, colleagues = [] } = tree;
  if (!sharing) {
    return [];
  }
  const here = (worktrees.find(({ path }) => isHere(path)) ?? worktrees[0])?.path;
  const nodes = colleagues.map((colleague): Node => ({
    id: `colleague:${tree.repository}:${colleague.worktree}`,
    kind: "colleague",
    label: colleague.label,
    description: colleague.text,
    icon: { name: "account", ...(colleague.conflicts.length > 0 ? { color: "charts.orange" } : {}) },
    context: flags(["colleague", colleague.conflicts.length > 0 && "conflict-there"]),
    children: [],
    tooltip: `${colleague.label}: ${colleague.text}`,
    branch: colleague.branch,
    colleague,
    files: filesOf(colleague, here),
    conflicts: 0,
    open: false,
  }));
  const all = group(tree, "colleagues", "Colleagues", "organization", nodes);
  return [{ ...all, tooltip: sharing, description: phrase([all.description, sharing]), open: true }];
}

/** `here`: the worktree with which files without a conflict are compared. */
function filesOf({ conflicts, paths }: Colleague, here: string | undefined): ColleagueFile[] {
  const meeting = conflicts.map(({ with: conflictsWith, worktree, path }) => ({ worktree, path, conflictsWith }));
  const others = paths.filter((path) => !conflicts.some((conflict) => conflict.path === path));
  return [...meeting, ...(here === undefined ? [] : others.map((path) => ({ worktree: here, path })))];
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

/** Whether a session is active work in a worktree, and not a baseline or long finished. */
function isAtWork({ baseline, state, isFork }: Session): boolean {
  return baseline === null && state !== "archived" && (isFork || isLive(state));
}

/** Whether a root is worth showing: a baseline, a session with forks, or a live one. */
function belongs({ kind, children, session }: Node): boolean {
  return kind === "baseline" || children.length > 0 || (session !== undefined && isLive(session.state));
}

/** Whether a worktree is open in this window. */
type IsHere = (path: string | null) => boolean;

interface Family {
  /** By the session that they are shown under; null: the roots. */
  readonly children: ReadonlyMap<string | null, Session[]>;
  readonly worktrees: ReadonlyMap<string, Worktrees["worktrees"][number]>;
  readonly isHere: IsHere;
  readonly hide: readonly string[];
  readonly now: number;
}

/** The sessions under a parent as nodes, with everything under them. */
function familyNodes(family: Family, parent: string | null): Node[] {
  return (family.children.get(parent) ?? [])
    .toSorted(byImportance)
    .map((session) => sessionNode(session, familyNodes(family, session.id), family));
}

function sessionNode(session: Session, children: readonly Node[], { worktrees, isHere, hide, now }: Family): Node {
  const { baseline, state } = session;
  const isBaseline = baseline?.current === true;
  const worktree = isAtWork(session) ? worktrees.get(session.worktree ?? "") : undefined;
  const here = isAtWork(session) && isHere(session.worktree);
  const conflicts = worktree?.conflicts ?? 0;
  return {
    id: `session:${session.id}`,
    kind: isBaseline ? "baseline" : "session",
    label: isBaseline ? baseline.name : sessionLabel(session),
    description: description(session, { worktree, here, hide, now }),
    icon: isBaseline
      ? { name: "star-full", color: "charts.yellow" }
      : baseline
        ? { name: "history" }
        : STATE_ICONS[state],
    context: flags([...sessionFlags(session), conflicts > 0 && "conflict", here && "here"]),
    children,
    session,
    worktree: session.worktree,
    branch: session.branch,
    conflicts,
    conflictsText: worktree?.conflictsText ?? "",
    places: worktree?.places ?? [],
    standing: phrase([worktree?.uncommittedText ?? "", worktree?.distanceText ?? ""]),
    open: isBaseline || children.some(({ session: child }) => child?.baseline === null),
  };
}

function sessionFlags({ baseline, state, worktree, isFork }: Session): (string | false)[] {
  return [
    "session",
    baseline !== null && "baseline",
    baseline?.current === true && "current",
    isFork && !baseline && "fork",
    isLive(state) && "live",
    state !== "archived" && state !== "orphaned" && "resumable",
    state === "archived" && "archived",
    worktree !== null && state !== "orphaned" && "worktree",
  ];
}

function flags(names: readonly (string | false)[]): string {
  return `;${names.filter(Boolean).join(";")};`;
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

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
