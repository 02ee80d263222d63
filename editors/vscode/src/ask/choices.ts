/** The items of the quick picks, made of the server's answers. Pure. */

import type { Ref, Session, Worktree } from "../protocol";
import { isLive, sessionLabel, stateIfAny } from "../session";
import { ago, phrase } from "../words";

export interface Item<T> {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly value: T;
}

/** The note that a fork on the current branch works in the current worktree. */
export const SHARED = "no worktree of its own";

/** A branch and what it has. */
export interface Branch {
  readonly name: string;
  /** Whether it is the one where the person is. */
  readonly current: boolean;
  readonly worktree: string | null;
  /** Its last active fork. */
  readonly session: Session | null;
  /** Whether it is still to be created. */
  readonly isNew: boolean;
}

/** The local branches, each with its fork. */
export function branchesOf(refs: readonly Ref[], sessions: readonly Session[]): Branch[] {
  const forks = new Map(
    sessions
      .filter(
        ({ isFork, baseline, state, branch }) => isFork && baseline === null && state !== "archived" && branch !== null,
      )
      .toSorted((a, b) => (a.last_active ?? "").localeCompare(b.last_active ?? "")) // the last one stays in the map
      .map((session) => [session.branch, session]),
  );
  return refs
    .filter(({ remote }) => !remote)
    .map(({ name, current, worktree }) => ({
      name,
      current,
      worktree,
      session: forks.get(name) ?? null,
      isNew: false,
    }));
}

/** Branches with what each has: the current one first, then those with a fork, a worktree, nothing; each by recency. */
export function branchItems(branches: readonly Branch[]): Item<Branch>[] {
  const rank = ({ current, session, worktree }: Branch): number => (current ? 0 : session ? 1 : worktree ? 2 : 3);
  return branches
    .toSorted((a, b) => rank(a) - rank(b))
    .map((branch) => ({ label: `$(git-branch) ${branch.name}`, description: whatItHas(branch), value: branch }));
}

function whatItHas({ current, worktree, session }: Branch): string {
  return phrase([
    current ? `this branch, ${SHARED}` : "",
    session ? `fork ${[sessionLabel(session), stateIfAny(session)].filter(Boolean).join(", ")}` : "",
    worktree && !current ? `worktree ${worktree.split("/").at(-1) ?? worktree}` : "",
  ]);
}

/** What a new branch can start from: where the person is, then everything else. `preferred` is the setting, if any. */
export function startPointItems(refs: readonly Ref[], preferred: string): Item<string>[] {
  const current = refs.find((ref) => ref.current);
  const first = {
    label: "$(git-commit) HEAD",
    description: current ? `${current.name}, where you are` : "where you are",
    value: "HEAD",
  };
  const others = refs
    .filter(({ name }) => name !== preferred)
    .map(({ name, remote }) => ({ label: `${remote ? "$(cloud)" : "$(git-branch)"} ${name}`, value: name }));
  return preferred === ""
    ? [first, ...others]
    : [{ label: `$(gear) ${preferred}`, description: "by your settings", value: preferred }, first, ...others];
}

/** Sessions to resume: live ones first, then by when they were last active. Archived ones can't be. */
export function sessionItems(sessions: readonly Session[], now: number): Item<Session>[] {
  return sessions
    .filter(({ state }) => state !== "archived")
    .toSorted(
      (a, b) =>
        Number(isLive(b.state)) - Number(isLive(a.state)) || (b.last_active ?? "").localeCompare(a.last_active ?? ""),
    )
    .map((session) => ({
      label: `${sessionIcon(session)} ${sessionLabel(session)}`,
      description: phrase([stateIfAny(session), session.branch ?? "", age(session, now)]),
      ...(session.worktree === null ? {} : { detail: session.worktree }),
      value: session,
    }));
}

/** The candidates to compare, by session or branch: forks with a worktree, and worktrees in which none works. */
export function comparable(sessions: readonly Session[], worktrees: readonly Worktree[], now: number): Item<string>[] {
  const forks = sessions.filter(
    ({ baseline, worktree, state, isFork }) => baseline === null && isFork && worktree !== null && state !== "orphaned",
  );
  const rows = sessionItems(forks, now).map((item) => ({ ...item, value: item.value.id }));
  const taken = new Set(forks.filter(({ state }) => state !== "archived").map(({ worktree }) => worktree));
  const others = worktrees.flatMap(({ path, branch }) =>
    branch === null || taken.has(path)
      ? []
      : [{ label: `$(git-branch) ${branch}`, description: "no fork", detail: path, value: branch }],
  );
  return [...rows, ...others];
}

/** Archived forks, the last active ones first. */
export function archivedItems(sessions: readonly Session[], now: number): Item<Session>[] {
  return sessions
    .filter(({ state }) => state === "archived")
    .toSorted((a, b) => (b.last_active ?? "").localeCompare(a.last_active ?? ""))
    .map((session) => ({
      label: `$(archive) ${sessionLabel(session)}`,
      description: phrase([session.branch ?? "", age(session, now)]),
      ...(session.worktree === null ? {} : { detail: session.worktree }),
      value: session,
    }));
}

/** The current generation of each baseline. */
export function baselineItems(sessions: readonly Session[], now: number): Item<Session>[] {
  return currentBaselines(sessions).map((session) => ({
    label: `$(star-full) ${session.baseline?.name ?? sessionLabel(session)}`,
    description: phrase([
      `generation ${session.baseline?.generation ?? 1}`,
      age(session, now),
      `${session.tokensText.total} tokens`,
    ]),
    value: session,
  }));
}

export function currentBaselines(sessions: readonly Session[]): Session[] {
  return sessions.filter(({ baseline }) => baseline?.current);
}

/** Worktrees other than the one where the person is. */
export function worktreeItems(
  worktrees: readonly Worktree[],
  here: string,
  sessions: readonly Session[],
): Item<string>[] {
  return worktrees
    .filter(({ path }) => here !== path)
    .map(({ path, branch }) => {
      const session = sessions.find(({ worktree, baseline }) => worktree === path && baseline === null);
      const description = session ? `${session.isFork ? "fork" : "session"} ${sessionLabel(session)}` : "";
      return { label: `$(git-branch) ${branch ?? "detached"}`, description, detail: path, value: path };
    });
}

function sessionIcon({ state, baseline }: Session): string {
  return isLive(state) ? "$(circle-filled)" : baseline ? "$(star-full)" : "$(circle-outline)";
}

function age({ last_active }: Session, now: number): string {
  return last_active ? ago(now - Date.parse(last_active)) : "";
}
