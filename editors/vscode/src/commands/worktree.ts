/** "Open Worktree in New Window…" and "… in This Window…", at the file and line that the person is at. */

import { join, relative } from "node:path";
import * as vscode from "vscode";
import type { App } from "../app";
import { worktreeItems } from "../ask/choices";
import { BACK, pick } from "../ask/steps";
import type { Branches, ForkTree } from "../protocol";
import { NothingToDo } from "./outcome";
import { placeOf, targetOf } from "./target";

const ARRIVAL = "arrival";
const PATIENCE = 60_000; // milliseconds that a window takes at most to open

/** Where a window begins that is about to open: it takes this from the global state. */
interface Arrival {
  readonly folder: string;
  readonly path: string;
  readonly line: number;
  readonly character: number;
  readonly since: number;
}

export async function openWorktree(app: App, argument?: unknown): Promise<void> {
  await open(app, argument, "Open Worktree in New Window", { forceNewWindow: true });
}

export async function openWorktreeHere(app: App, argument?: unknown): Promise<void> {
  await open(app, argument, "Open Worktree in This Window", { forceReuseWindow: true });
}

/** Goes to where the person was in the window that opened this one, if one did. */
export async function arrive({ globalState }: vscode.ExtensionContext): Promise<void> {
  const arrival = globalState.get<Arrival>(ARRIVAL);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (arrival === undefined || arrival.folder !== folder) {
    return;
  }
  await globalState.update(ARRIVAL, undefined);
  if (Date.now() - arrival.since < PATIENCE) {
    const start = new vscode.Position(arrival.line, arrival.character);
    await vscode.window.showTextDocument(vscode.Uri.file(arrival.path), { selection: new vscode.Range(start, start) });
  }
}

async function open(app: App, argument: unknown, title: string, how: object): Promise<void> {
  const worktree = targetOf(argument).worktree ?? (await askWorktree(app, title));
  if (worktree !== undefined) {
    await app.context.globalState.update(ARRIVAL, await sameFileIn(app, worktree));
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(worktree), how);
  }
}

/** The active file as it is in another worktree, and its cursor. Undefined: there is none, or it is not there. */
async function sameFileIn(app: App, folder: string): Promise<Arrival | undefined> {
  const editor = vscode.window.activeTextEditor;
  const from = app.status.current?.worktree;
  if (editor?.document.uri.scheme !== "file" || !from) {
    return undefined;
  }
  const path = join(folder, relative(from, editor.document.uri.fsPath));
  const { line, character } = editor.selection.active;
  return await vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
    () => ({ folder, path, line, character, since: Date.now() }),
    () => undefined,
  );
}

async function askWorktree(app: App, title: string): Promise<string | undefined> {
  const none: Pick<ForkTree, "sessions"> = { sessions: [] };
  const place = placeOf();
  const [{ worktrees }, { sessions }] = await Promise.all([
    app.server.request<Branches>("forksight/branches", place),
    app.server.can("showForkTree") ? app.tree.sessions(place) : none,
  ]);
  const choices = worktreeItems(worktrees, app.status.current?.worktree ?? "", sessions);
  if (choices.length === 0) {
    throw new NothingToDo("This repository has no other worktree.");
  }
  const worktree = await pick<string>({ title, canGoBack: false }, { placeholder: "Which worktree?", choices });
  return worktree === BACK ? undefined : worktree;
}
