/** What the quick picks list. Pure: from what the server says to labels. */

import type { Branch, Session } from "../protocol";
import { isLive, sessionLabel, STATE_WORDS } from "../tree/nodes";
import { ago, plural } from "../words";

export interface Item<T> {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly value: T;
}

/** A branch with what it has; the current one first, then those with a fork, then the others, each by name. */
export function branchItems(branches: readonly Branch[]): Item<Branch>[] {
  const rank = ({ current, session, worktree }: Branch): number => (current ? 0 : session ? 1 : worktree ? 2 : 3);
  return [...branches]
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .map((branch) => ({ label: `$(git-branch) ${branch.name}`, description: has(branch), value: branch }));
}

function has({ current, worktree, session }: Branch): string {
  const words = [
    current ? "this branch" : "",
    session
      ? `fork ${sessionLabel(session)}${STATE_WORDS[session.state] ? `, ${STATE_WORDS[session.state]}` : ""}`
      : "",
    worktree ? `worktree ${worktree.split("/").at(-1) ?? worktree}` : "",
  ];
  return words.filter(Boolean).join(" · ");
}

/** Sessions to resume: live ones first, then by when they were last active. Archived ones can't be. */
export function sessionItems(sessions: readonly Session[], now: number): Item<Session>[] {
  return sessions
    .filter(({ state }) => state !== "archived")
    .sort(
      (a, b) =>
        Number(isLive(b.state)) - Number(isLive(a.state)) || (b.last_active ?? "").localeCompare(a.last_active ?? ""),
    )
    .map((session) => ({
      label: `${stateIcon(session)} ${sessionLabel(session)}`,
      description: [session.branch ?? "", STATE_WORDS[session.state], age(session, now)].filter(Boolean).join(" · "),
      ...(session.worktree === null ? {} : { detail: session.worktree }),
      value: session,
    }));
}

/** The current generation of each baseline. */
export function baselineItems(sessions: readonly Session[], now: number): Item<Session>[] {
  return currentBaselines(sessions).map((session) => ({
    label: `$(star-full) ${session.baseline?.name ?? sessionLabel(session)}`,
    description: [
      `generation ${session.baseline?.generation ?? 1}`,
      age(session, now),
      plural(session.rows.own + session.rows.inherited, "row"),
    ]
      .filter(Boolean)
      .join(" · "),
    value: session,
  }));
}

export function currentBaselines(sessions: readonly Session[]): Session[] {
  return sessions.filter(({ baseline }) => baseline?.current);
}

function stateIcon({ state, baseline }: Session): string {
  return isLive(state) ? "$(circle-filled)" : baseline ? "$(star-full)" : "$(circle-outline)";
}

function age({ last_active }: Session, now: number): string {
  return last_active ? ago(now - Date.parse(last_active)) : "";
}
