/** A plan to land as rows of a checklist, in the server's words. Pure. */

import type { LandEntry } from "../protocol";

export interface LandRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly picked?: boolean;
  /** A heading has none. */
  readonly fork?: LandEntry;
}

/** Rows under headings, each in the order of the plan: what can land, where it would stop, what is held. */
export function landRows(forks: readonly LandEntry[]): LandRow[] {
  const of = (...outcomes: readonly LandEntry["outcome"][]): LandEntry[] =>
    forks.filter(({ outcome }) => outcomes.includes(outcome));
  return [
    ...section("can land, in this order", "git-merge", of("proposed")),
    ...section("would stop at a conflict", "warning", of("stops", "waits")),
    ...section("can't land now", "lock", of("held")),
  ];
}

/** Whether a fork may be ticked: without the others even one that would stop may land. */
export function canLand({ held }: LandEntry): boolean {
  return held.length === 0;
}

function section(heading: string, icon: string, forks: readonly LandEntry[]): LandRow[] {
  const rows = forks.map((fork) => {
    const first = fork.held.flatMap(({ command }) => (command === null ? [] : [`first: ${command}`]));
    const detail = inRow(fork, [...fork.words.stops, ...first].join("; "));
    const picked = fork.outcome === "proposed";
    const label = `$(${icon}) ${fork.branch}`;
    return { label, description: inRow(fork, fork.words.outcome), ...(detail ? { detail } : {}), picked, fork };
  });
  return rows.length > 0 ? [{ label: heading }, ...rows] : [];
}

/** A text with the worktree's folder in place of its path: a row is short. */
function inRow({ worktree }: LandEntry, text: string): string {
  return worktree === null ? text : text.replaceAll(worktree, worktree.split("/").at(-1) ?? worktree);
}
