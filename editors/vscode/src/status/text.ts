/** The texts of the status bar, made of the server's words, with links to commands. Pure. */

import type { Level, Status } from "../protocol";
import type { ServerState } from "../server/lifecycle";

export interface Shown {
  readonly text: string;
  /** Markdown, with links to `TOOLTIP_COMMANDS` and no others. */
  readonly tooltip: string;
  readonly level: Level;
  /** What a screen reader says. */
  readonly label: string;
}

export const TOOLTIP_COMMANDS = [
  "forksight.ui.fork",
  "forksight.ui.showForkTree",
  "forksight.ui.showOverlaps",
  "forksight.ui.showWaiting",
  "forksight.ui.refreshBaseline",
  "forksight.ui.showSharing",
  "forksight.ui.installServer",
  "forksight.ui.restart",
  "forksight.ui.showLogs",
] as const;

const LEVEL_ICONS: Record<Level, string> = { ok: "$(repo-forked)", warning: "$(warning)", error: "$(error)" };

type Link = readonly [text: string, command: (typeof TOOLTIP_COMMANDS)[number]];

export function showStatus({ text, tooltip, level, fork, baseline, overlaps, sessions, sharing }: Status): Shown {
  const links: Link[] = [
    ...(sessions.waiting.length > 0 ? [["$(bell-dot) Show Who Waits", "forksight.ui.showWaiting"] as const] : []),
    ...(overlaps.conflicts > 0 ? [["$(warning) Show Overlaps", "forksight.ui.showOverlaps"] as const] : []),
    ...(baseline?.stale ? [["$(sync) Refresh Baseline", "forksight.ui.refreshBaseline"] as const] : []),
    ...(fork ? [] : [["$(repo-forked) Fork Session", "forksight.ui.fork"] as const]),
    ...(sharing ? [["$(organization) Sharing", "forksight.ui.showSharing"] as const] : []),
    ["$(list-tree) Fork Tree", "forksight.ui.showForkTree"],
  ];
  return {
    text: `${sessions.waiting.length > 0 ? "$(bell-dot)" : LEVEL_ICONS[level]} ${text}`, // a high-contrast theme shows no background
    tooltip: withLinks(tooltip, links),
    level,
    label: `Forksight: ${text}`,
  };
}

/** What is shown while there is no status. Undefined: nothing, since the server has no status for this place. */
export function showServer(state: ServerState): Shown | undefined {
  const restart: Link[] = [
    ["$(debug-restart) Restart Server", "forksight.ui.restart"],
    ["$(output) Show Logs", "forksight.ui.showLogs"],
  ];
  const install: Link[] = [["$(cloud-download) Install Server", "forksight.ui.installServer"], ...restart];
  switch (state) {
    case "starting":
      return withoutStatus("$(sync~spin) Forksight", "The server is starting.", "ok", restart);
    case "missing":
      return withoutStatus("$(repo-forked) Forksight", "No server was found.", "warning", install);
    case "crashed":
      return withoutStatus("$(repo-forked) Forksight", "The server was not started again.", "error", restart);
    default:
      return undefined;
  }
}

function withoutStatus(text: string, sentence: string, level: Level, links: readonly Link[]): Shown {
  return { text, tooltip: withLinks(sentence, links), level, label: `Forksight: ${sentence}` };
}

function withLinks(markdown: string, links: readonly Link[]): string {
  const line = links.map(([text, command]) => `[${text}](command:${command})`).join(" &nbsp; ");
  return `${markdown}\n\n---\n\n${line}`;
}

/** Text as Markdown that shows it as it is: names are data. */
export function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>&$~]/g, "\\$&").replace(/\s+/g, " ");
}
