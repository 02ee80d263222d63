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
    await vscode.commands.executeCommand("workbench.action.focusSecondEditorGroup"); // made if there is none
    await vscode.commands.executeCommand("vscode.changes", `${nameOf(a)} ↔ ${nameOf(b)}`, diffs);
  }
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
