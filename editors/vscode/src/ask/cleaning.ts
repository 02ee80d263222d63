/** A plan to clean up as rows of a checklist, and what became of it, in the server's words. Pure. */

import type { CleanEntry, CleanPlan } from "../protocol";
import { inRow, underHeadings } from "./checklist";

export interface CleanRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  /** A heading has none. */
  readonly fork?: CleanEntry;
}

const ICONS = ["pass", "warning", "lock"] as const;

/** Rows under the server's headings: what is safe to go, what would be lost, what can't go. */
export function cleanRows(forks: readonly CleanEntry[]): CleanRow[] {
  return underHeadings(
    forks.toSorted((a, b) => rank(a) - rank(b)),
    (fork) => ({
      label: `$(${ICONS[rank(fork)]}) ${fork.title}`,
      description: fork.words.why,
      detail: inRow(fork.goes.worktree, fork.words.detail),
      fork,
    }),
  );
}

export function isHeld({ words }: CleanEntry): boolean {
  return words.refusal !== null;
}

function rank(fork: CleanEntry): 0 | 1 | 2 {
  return isHeld(fork) ? 2 : fork.at_risk ? 1 : 0;
}

/** What became of the forks that were to go: in words, and those that went. `before` is the plan that was shown. */
export function outcomeOf(before: CleanPlan, after: CleanPlan): { message: string; cleaned: readonly CleanEntry[] } {
  const earlier = new Set(before.problems.map(({ message }) => message));
  const news = after.problems.map(({ message }) => message).filter((message) => !earlier.has(message));
  const cleaned = after.forks.filter(({ outcome }) => outcome === "cleaned");
  return { message: [...(cleaned.length > 0 ? [after.summary] : []), ...news].join(" ") || after.summary, cleaned };
}
