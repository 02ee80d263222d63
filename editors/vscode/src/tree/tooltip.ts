/** What hovering a session in the tree shows, as Markdown. */

import type { Session } from "../protocol";
import { sessionLabel } from "../session";
import { escape } from "../status/text";
import { ago } from "../words";

/** `standing`: how far the work in its worktree has come, in words. */
export function tooltip(session: Session, standing: string, now: number): string {
  const { baseline, branch, worktree, stateText, rows, tokensText, last_active, started } = session;
  const rowsOf = [
    [
      "Baseline",
      baseline && `${baseline.name}, generation ${baseline.generation}${baseline.current ? "" : " (superseded)"}`,
    ],
    ["State", stateText],
    ["Branch", branch],
    ["Worktree", worktree],
    ["Work", standing],
    ["Findings", session.findings_taken ? "taken" : null],
    ["Said last", session.last_sentence],
    ["Own work", `${tokensText.own} tokens`],
    ["Inherited", rows.inherited > 0 ? `${tokensText.inherited} tokens` : null],
    ["Last active", last_active && `${ago(now - Date.parse(last_active))}${isRecent(last_active, now) ? "" : " ago"}`],
    ["Started", started && `${ago(now - Date.parse(started))}${isRecent(started, now) ? "" : " ago"}`],
  ].flatMap(([name, value]) => (name && value ? [`| ${name} | ${escape(value)} |`] : []));
  return [`**${escape(sessionLabel(session))}**`, "", "| | |", "|---|---|", ...rowsOf].join("\n");
}

function isRecent(time: string, now: number): boolean {
  return now - Date.parse(time) < 60_000;
}
