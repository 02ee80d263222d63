/** The texts of a row of the fork tree: its description, its badge, and its screen reader label. */

import type { Session, Worktrees } from "../protocol";
import { isLive, stateIfAny } from "../session";
import { ago, phrase } from "../words";
import type { Node } from "./node";

export const HERE = "this window";

/** The texts about a session's worktree, and the columns that the person hides. */
interface Around {
  readonly worktree?: Worktrees["worktrees"][number] | undefined;
  readonly here: boolean;
  readonly hide: readonly string[];
  readonly now: number;
}

/** The description beside the label, the most important part first, since a narrow view cuts it off. */
export function description(session: Session, { worktree, here, hide, now }: Around): string {
  const { baseline, branch, title, state, last_active, tokensText } = session;
  const idle = last_active && !isLive(state) ? now - Date.parse(last_active) : 0;
  const shown = (name: string, text: string | undefined): string => (hide.includes(name) ? "" : (text ?? ""));
  return phrase([
    baseline ? `gen ${baseline.generation}` : "",
    stateIfAny(session),
    here ? HERE : "",
    shown("uncommitted", worktree?.uncommittedText),
    shown("distance", worktree?.distanceText),
    shown("branch", baseline || branch === title ? "" : (branch ?? "")),
    shown("active", idle > 60_000 ? ago(idle) : ""),
    shown("tokens", tokensText.own === "0" ? "" : `${tokensText.own} tok`),
    shown("answer", !baseline && session.last_sentence ? `“${session.last_sentence}”` : ""),
  ]);
}

/** A node as a screen reader says it: all that is seen of it, colours and badges included. */
export function spoken({ kind, label, description, session, conflictsText = "" }: Node): string {
  const what = kind === "baseline" ? "baseline" : session?.isFork ? "fork" : kind === "session" ? "session" : "";
  const state = session?.state === "idle" ? session.stateText : "";
  const parts = [label, what, state, conflictsText, description];
  return parts.filter(Boolean).join(", ").replaceAll(" · ", ", ").replaceAll(" tok", " tokens");
}

/** The name of a repository: the folder that holds `.git`. */
export function repositoryName(commonDir: string): string {
  const parts = commonDir.split("/").filter(Boolean);
  const last = parts.at(-1) ?? commonDir;
  return last === ".git" ? (parts.at(-2) ?? last) : last.replace(/\.git$/, "");
}
