/** "Compare Forks…": the server's verdict as a document, and beside it every file that differs, in VS Code's diff editor. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { App } from "../app";
import { comparable } from "../ask/choices";
import { pickSeveral } from "../ask/steps";
import { inPlaceOf } from "../otherSide";
import type { Place } from "../place";
import type { Branches, Comparison } from "../protocol";
import { NothingToDo } from "./outcome";
import { placeOf, sessionOf, targetOf } from "./target";

const LONGEST = 10_000; // milliseconds that something may take until it is in front
const TRIES = 5;

type Fork = Comparison["forks"][number];
type Diff = readonly [label: vscode.Uri, original: vscode.Uri | undefined, modified: vscode.Uri | undefined];

export async function compareForks(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const sessions = await askForks(app, place, sessionOf(target) ?? app.status.current?.fork?.id);
  if (sessions === undefined) {
    return;
  }
  await vscode.commands.executeCommand("workbench.action.focusFirstEditorGroup"); // the document's; diffs go beside it
  const { forks } = await app.server.execute<Comparison>("compare", { ...place, sessions });
  const [a, b] = forks;
  if (a && b && forks.length === 2) {
    await showDiffs(a, b);
  }
}

/** Two or more forks or branches; `first` is ticked beforehand and comes first. */
async function askForks(app: App, place: Place, first: string | undefined): Promise<string[] | undefined> {
  const [{ sessions }, { worktrees }] = await Promise.all([
    app.tree.sessions(place),
    app.server.request<Branches>("forksight/branches", place),
  ]);
  const rows = comparable(sessions, worktrees, Date.now())
    .map((item) => ({ ...item, picked: item.value === first }))
    .toSorted((a, b) => Number(b.picked) - Number(a.picked));
  if (rows.length < 2) {
    throw new NothingToDo("There are no two forks to compare yet. Fork again, for another branch.");
  }
  const chosen = await pickSeveral("Compare Forks", {
    placeholder: "Which forks? Two also open as diffs, file by file",
    rows,
    may: () => true,
    least: 2,
  });
  return chosen?.map(({ value }) => value);
}

/** All files that either changed, one below the other. */
async function showDiffs(a: Fork, b: Fork): Promise<void> {
  const paths = [...new Set([...a.files, ...b.files].map(({ path }) => path))].sort();
  const diffs = paths.flatMap((path) => diffOf(a, b, path));
  if (diffs.length > 0) {
    await untilTabs(isDocumentInFront);
    await openInSecondGroup(`${nameOf(a)} ↔ ${nameOf(b)}`, diffs);
  }
}

/** Opens diffs beside the document, which takes the focus back once it is loaded: they may have opened in front of it then. */
async function openInSecondGroup(title: string, diffs: Diff[]): Promise<void> {
  const tabOfDiffs = (): vscode.Tab | undefined =>
    vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label.startsWith(title));
  for (let left = TRIES; left > 0; left--) {
    await vscode.commands.executeCommand("workbench.action.focusSecondEditorGroup"); // made if there is none
    await untilTabs(() => vscode.window.tabGroups.activeTabGroup.viewColumn === vscode.ViewColumn.Two);
    await vscode.commands.executeCommand("vscode.changes", title, diffs);
    await untilTabs(() => tabOfDiffs() !== undefined);
    const tab = tabOfDiffs();
    if (tab?.group.viewColumn !== vscode.ViewColumn.One || left === 1) {
      return; // in front of the document is better than nowhere
    }
    await vscode.window.tabGroups.close(tab);
  }
}

/** Waits until the tabs are as wanted, or for some seconds: a command that opens something returns before that is there. */
async function untilTabs(areAsWanted: () => boolean): Promise<void> {
  const { tabGroups } = vscode.window;
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (areAsWanted()) {
        end();
      }
    };
    const listeners = [tabGroups.onDidChangeTabs(check), tabGroups.onDidChangeTabGroups(check)];
    const end = (): void => {
      clearTimeout(timer);
      for (const listener of listeners) {
        listener.dispose();
      }
      resolve();
    };
    const timer = setTimeout(end, LONGEST);
    check();
  });
}

/** Whether a Markdown preview is in front, in whichever group of editors it was opened. */
function isDocumentInFront(): boolean {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputWebview && input.viewType.includes("markdown.preview");
}

function diffOf({ worktree: left }: Fork, { worktree: right }: Fork, path: string): Diff[] {
  const [original, modified] = [fileIn(left, path), fileIn(right, path)];
  if (original && modified) {
    return [[modified, inPlaceOf(modified, original), modified]];
  }
  const only = original ?? modified;
  return only ? [[only, original, modified]] : [];
}

/** A file of a worktree; undefined: it is not there. */
function fileIn(worktree: string | null, path: string): vscode.Uri | undefined {
  const file = worktree === null ? undefined : join(worktree, path);
  return file && existsSync(file) ? vscode.Uri.file(file) : undefined;
}

function nameOf({ branch, worktree }: Fork): string {
  return branch ?? worktree ?? "detached";
}
