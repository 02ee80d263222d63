/** A plan to clean up as rows of a checklist, and what became of it, in the server's words. Pure. */

import type { CleanEntry, CleanPlan } from "../protocol";

export interface CleanRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  /** A heading has none. */
  readonly fork?: CleanEntry;
}

/** Rows under headings: what is safe to go, what would be lost, what can't go. */
export function cleanRows(forks: readonly CleanEntry[]): CleanRow[] {
  const free = forks.filter((fork) => !isHeld(fork));
  return [
    ...section(
      "nothing would be lost",
      free.filter(({ at_risk }) => !at_risk),
      ({ words }) => ["pass", `goes: ${words.goes}; seen: ${words.seen ?? ""}`],
    ),
    ...section(
      "at risk: asked about one by one",
      free.filter(({ at_risk }) => at_risk),
      ({ words }) => ["warning", words.risk ?? ""],
    ),
    ...section("can't go now", forks.filter(isHeld), (fork) => ["lock", heldInRow(fork)]),
  ];
}

function section(
  heading: string,
  forks: readonly CleanEntry[],
  detailOf: (fork: CleanEntry) => readonly [icon: string, detail: string],
): CleanRow[] {
  const rows = forks.map((fork) => {
    const [icon, detail] = detailOf(fork);
    return { label: `$(${icon}) ${fork.title}`, description: fork.words.why, detail, fork };
  });
  return rows.length > 0 ? [{ label: heading }, ...rows] : [];
}

export function isHeld({ words }: CleanEntry): boolean {
  return words.held !== null;
}

/** Why a fork can't go, with the worktree's folder in place of its path: a row is short, and git takes the folder too. */
function heldInRow({ goes: { worktree }, words }: CleanEntry): string {
  const held = words.held ?? "";
  return worktree === null ? held : held.replaceAll(worktree, worktree.split("/").at(-1) ?? worktree);
}

/** The button that says yes to a fork that goes. */
export function yesButton({ words }: CleanEntry): string {
  return words.losses.length > 0 ? "Clean Up All the Same" : "Clean Up";
}

/** What became of the forks that were to go: in words, and those that went. `before` is the plan that was shown. */
export function outcomeOf(before: CleanPlan, after: CleanPlan): { message: string; cleaned: readonly CleanEntry[] } {
  const known = new Set(before.problems.map(({ message }) => message));
  const news = after.problems.map(({ message }) => message).filter((message) => !known.has(message));
  const cleaned = after.forks.filter(({ outcome }) => outcome === "cleaned");
  return { message: [...(cleaned.length > 0 ? [after.summary] : []), ...news].join(" ") || after.summary, cleaned };
}
