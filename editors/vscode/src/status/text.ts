/** What the status bar says. Pure: from the server's status to words and Markdown. */

import type { Status } from "../protocol";
import type { ServerState } from "../server/lifecycle";
import { STATE_WORDS, sessionLabel } from "../tree/nodes";
import { plural } from "../words";

export interface Shown {
  readonly text: string;
  /** Markdown, with links to `TOOLTIP_COMMANDS` and no others. */
  readonly tooltip: string;
  readonly level: "ok" | "warning" | "error";
  /** What a screen reader says. */
  readonly label: string;
}

export const TOOLTIP_COMMANDS = [
  "forksight.ui.fork",
  "forksight.ui.showForkTree",
  "forksight.ui.showOverlaps",
  "forksight.ui.refreshBaseline",
  "forksight.ui.showLogs",
  "forksight.ui.restart",
] as const;

type Link = (typeof TOOLTIP_COMMANDS)[number];

export function showStatus(status: Status): Shown {
  const { fork, baseline, overlaps, branch, level } = status;
  const lines = [`**Forksight** &nbsp; $(git-branch) ${escape(branch ?? "detached")}`];
  if (fork) {
    const state = STATE_WORDS[fork.state];
    lines.push(`$(repo-forked) ${escape(sessionLabel(fork))}${state ? ` · ${state}` : ""}`);
  } else {
    lines.push(`$(repo-forked) no fork on this branch · ${link("Fork…", "forksight.ui.fork")}`);
  }
  if (baseline) {
    const reasons = baseline.stale ? `: ${escape(baseline.reasons.join("; "))}` : "";
    const refresh = baseline.stale ? ` · ${link("Refresh", "forksight.ui.refreshBaseline")}` : "";
    lines.push(
      `$(star-full) ${escape(baseline.name)}, generation ${baseline.generation}${baseline.stale ? `, stale${reasons}` : ""}${refresh}`,
    );
  }
  lines.push(overlapLine(overlaps));
  if (status.forks.active + status.forks.abandoned > 0) {
    const abandoned = status.forks.abandoned > 0 ? `, ${status.forks.abandoned} abandoned` : "";
    lines.push(
      `$(list-tree) ${plural(status.forks.active, "active fork")}${abandoned} · ${link("Tree", "forksight.ui.showForkTree")}`,
    );
  }
  return {
    text: `$(repo-forked) ${status.text}`,
    tooltip: lines.join("\n\n"),
    level,
    label: `Forksight: ${status.text}`,
  };
}

function overlapLine({ conflicts, files }: Status["overlaps"]): string {
  if (conflicts === 0) {
    return "$(check) no conflicts with other worktrees";
  }
  const words = `${plural(conflicts, "conflict")} in ${plural(files, "file")}`;
  return `$(warning) ${words} · ${link("Show", "forksight.ui.showOverlaps")}`;
}

/** What is shown while there is no status: the server is not there, or says nothing about this place. */
export function showServer(state: ServerState): Shown | undefined {
  switch (state) {
    case "starting":
      return plain("$(sync~spin) Forksight", "The server is starting.", "ok");
    case "missing":
      return plain("$(repo-forked) Forksight", "No server was found.", "warning");
    case "crashed":
      return plain("$(repo-forked) Forksight", "The server stopped several times and was not started again.", "error");
    default:
      return undefined;
  }
}

function plain(text: string, sentence: string, level: Shown["level"]): Shown {
  const links = `${link("Show Logs", "forksight.ui.showLogs")} · ${link("Restart Server", "forksight.ui.restart")}`;
  return { text, tooltip: `**Forksight**\n\n${sentence}\n\n${links}`, level, label: `Forksight: ${sentence}` };
}

function link(text: string, command: Link): string {
  return `[${text}](command:${command})`;
}

/** Text as Markdown that shows it as it is: names are data. */
export function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>&$~]/g, "\\$&").replace(/\s+/g, " ");
}
