/** Actions on a row of the tree: Enter, and going to its conflicts. */

import { join } from "node:path";
import * as vscode from "vscode";
import type { App } from "../app";
import { BACK, pick } from "../ask/steps";
import type { ConflictPlace } from "../protocol";
import { isLive } from "../session";
import { diffColleague } from "./colleague";
import { fork } from "./fork";
import { restoreFork } from "./restore";
import { NothingToDo } from "./outcome";
import { resume } from "./resume";
import { rowIn } from "./target";
import { openWorktree } from "./worktree";

/** Enter on a row: its most likely action. A live session is shown by VS Code as soon as its row is selected. */
export async function openRow(app: App): Promise<void> {
  const node = app.tree.selected;
  if (node === undefined || !vscode.workspace.isTrusted || (node.session && isLive(node.session.state))) {
    return;
  }
  const has = (flag: string): boolean => node.context.includes(`;${flag};`);
  if (has("archived")) {
    await restoreFork(app, node);
  } else if (has("current")) {
    await fork(app);
  } else if (has("resumable")) {
    await resume(app, node);
  } else if (has("colleague")) {
    await diffColleague(app, node);
  } else if (has("worktree") && !has("here")) {
    await openWorktree(app, node);
  }
}

/** "Show Conflicts", on a row that has some: its worktree's file, at the line where a merge would stop. */
export async function showConflicts(_app: App, argument?: unknown): Promise<void> {
  const { worktree, places = [] } = rowIn(argument);
  const [only] = places;
  if (!worktree || only === undefined) {
    throw new NothingToDo("No other worktree edits the same lines as this one.");
  }
  const place = places.length === 1 ? only : await askPlace(places);
  if (place !== undefined) {
    const start = new vscode.Position(place.line, 0);
    const selection = new vscode.Range(start, start);
    await vscode.window.showTextDocument(vscode.Uri.file(join(worktree, place.path)), { selection });
  }
}

async function askPlace(places: readonly ConflictPlace[]): Promise<ConflictPlace | undefined> {
  const choices = places.map((place) => ({
    label: `$(warning) ${place.path}`,
    description: `line ${place.line + 1}, with ${place.others.join(", ")}`,
    value: place,
  }));
  const nav = { title: "Conflicts", canGoBack: false };
  const place = await pick<ConflictPlace>(nav, { placeholder: "Where to?", choices });
  return place === BACK ? undefined : place;
}
