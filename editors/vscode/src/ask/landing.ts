/** A plan to land as rows of a checklist, in the server's words. Pure. */

import type { LandEntry } from "../protocol";
import { inRow, underHeadings } from "./checklist";

export interface LandRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly picked?: boolean;
  /** A heading has none. */
  readonly fork?: LandEntry;
}

const LOOKS = {
  proposed: { icon: "git-merge", rank: 0 },
  landed: { icon: "pass", rank: 0 },
  stops: { icon: "warning", rank: 1 },
  waits: { icon: "warning", rank: 1 },
  held: { icon: "lock", rank: 2 },
  failed: { icon: "error", rank: 3 },
} as const satisfies Record<LandEntry["outcome"], object>;

/** Rows under the server's headings, each in the order of the plan: what can land, where it would stop, what is held. */
export function landRows(forks: readonly LandEntry[]): LandRow[] {
  return underHeadings(
    forks.toSorted((a, b) => LOOKS[a.outcome].rank - LOOKS[b.outcome].rank),
    (fork) => {
      const { branch, outcome, words, worktree } = fork;
      const detail = inRow(worktree, words.details.join("; "));
      return {
        label: `$(${LOOKS[outcome].icon}) ${branch}`,
        description: inRow(worktree, words.outcome),
        ...(detail ? { detail } : {}),
        picked: outcome === "proposed",
        fork,
      };
    },
  );
}

/** Whether a fork may be ticked: without the others even one that would stop may land. */
export function canLand({ held }: LandEntry): boolean {
  return held.length === 0;
}
