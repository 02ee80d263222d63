/** Badges in the fork tree: how many places of a worktree conflict with others. */

import * as vscode from "vscode";
import type { Node } from "./node";

const SCHEME = "forksight-conflicts";
const MOST = 99; // a badge has two characters

/** The resource URI of a tree item, which determines its badge; undefined: it has none. */
export function badgeUri({ worktree, conflicts, conflictsText = "" }: Node): vscode.Uri | undefined {
  const query = JSON.stringify([conflicts, conflictsText]);
  return worktree && conflicts > 0 ? vscode.Uri.from({ scheme: SCHEME, path: worktree, query }) : undefined;
}

/** The URI contains the badge's text, so that a changed badge has a new URI and no event is needed. */
export const badges: vscode.FileDecorationProvider = {
  provideFileDecoration({ scheme, query }) {
    if (scheme !== SCHEME) {
      return undefined;
    }
    const [count, tooltip] = JSON.parse(query) as [number, string];
    return new vscode.FileDecoration(
      String(Math.min(count, MOST)),
      tooltip,
      new vscode.ThemeColor("list.warningForeground"),
    );
  },
};
