/** What a click on the status bar offers: what can be done about the branch and the fork that it names. */

import * as vscode from "vscode";
import type { App } from "../app";
import type { Status } from "../protocol";
import { isLive, sessionLabel } from "../session";
import { plural } from "../words";

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
  readonly argument?: unknown;
}

export async function showMenu(app: App): Promise<void> {
  const entries = app.server.state === "running" ? entriesFor(app, app.status.current) : [];
  if (app.server.state === "missing") {
    entries.push({ label: "$(cloud-download) Install Server", command: "forksight.ui.installServer" });
  }
  const serverEntries: Entry[] = [
    ...(entries.length > 0 ? [{ label: "", kind: vscode.QuickPickItemKind.Separator }] : []),
    { label: "$(output) Show Logs", command: "forksight.ui.showLogs" },
    { label: "$(debug-restart) Restart Server", command: "forksight.ui.restart" },
  ];
  const title = app.status.current?.branch ? `Forksight: ${app.status.current.branch}` : "Forksight";
  const chosen = await vscode.window.showQuickPick([...entries, ...serverEntries], {
    title,
    placeHolder: "What next?",
  });
  if (chosen?.command) {
    await vscode.commands.executeCommand(chosen.command, ...(chosen.argument === undefined ? [] : [chosen.argument]));
  }
}

function entriesFor({ server }: App, status: Status | undefined): Entry[] {
  const entries: Entry[] = [];
  const waiting = status?.sessions.waiting.length ?? 0;
  if (waiting > 0 && server.can("resume")) {
    const label = `$(bell-dot) Show ${plural(waiting, "Waiting Session")}`;
    entries.push({ label, command: "forksight.ui.showWaiting" });
  }
  const conflicts = status?.overlaps.conflicts ?? 0;
  if (conflicts > 0) {
    const description = "with other worktrees";
    entries.push({
      label: `$(warning) Show ${plural(conflicts, "Conflict")}`,
      description,
      command: "forksight.ui.showOverlaps",
    });
  }
  if (status?.fork && server.can("resume")) {
    entries.push(resumeEntry(status.fork));
  }
  if (server.can("fork")) {
    entries.push({ label: "$(repo-forked) Fork Session for This Branch", command: "forksight.ui.fork" });
  }
  if (server.can("refreshBaseline") && status?.baseline) {
    const { name, stale } = status.baseline;
    const description = `${name}${stale ? ", stale" : ", fresh"}`;
    entries.push({ label: "$(sync) Refresh Baseline", description, command: "forksight.ui.refreshBaseline" });
  }
  if (server.can("showForkTree")) {
    entries.push({ label: "$(list-tree) Show Fork Tree", command: "forksight.ui.showForkTree" });
  }
  if (server.can("compare") && (status?.forks.active ?? 0) > 1) {
    entries.push({ label: "$(git-compare) Compare Forks…", command: "forksight.ui.compare" });
  }
  if (server.can("land") && (status?.forks.active ?? 0) > 0) {
    entries.push({ label: "$(git-merge) Land Forks…", command: "forksight.ui.land" });
  }
  if (server.can("clean")) {
    const abandoned = status?.forks.abandoned ?? 0;
    const description = abandoned > 0 ? `${abandoned} abandoned` : "";
    entries.push({ label: "$(trash) Clean Up Forks…", description, command: "forksight.ui.clean" });
  }
  if (server.can("share") && status?.sharing) {
    entries.push({ label: "$(organization) Show Sharing", command: "forksight.ui.showSharing" });
  }
  if (server.can("showSavings")) {
    entries.push({ label: "$(graph) Show Savings", command: "forksight.ui.showSavings" });
  }
  return entries;
}

function resumeEntry(fork: NonNullable<Status["fork"]>): Entry {
  const verb = isLive(fork.state) ? "$(terminal) Show" : "$(play) Resume";
  return { label: `${verb} ${sessionLabel(fork)}`, command: "forksight.ui.resume", argument: { session: fork.id } };
}
