/** Actions on a colleague's row of the tree. Their version of a file is in no local file; the server provides its text. */

import { basename, join } from "node:path";
import * as vscode from "vscode";
import type { App } from "../app";
import { BACK, pick } from "../ask/steps";
import type { Colleague } from "../protocol";
import type { ColleagueFile, Node } from "../tree/node";
import { NothingToDo } from "./outcome";
import { placeOf, rowIn, targetOf } from "./target";

const GONE = "What this row is about is not shared any more.";

/** A version of a file that is in no local file: a colleague's, or a compared ref's. */
export interface Elsewhere {
  readonly uri: string;
  readonly worktree: string;
}

/** "Diff with Theirs": of the files that conflict if there are any. */
export async function diffColleague(app: App, node: Node): Promise<void> {
  await onFile(app, node, "Diff with Theirs", conflicting(node), diffElsewhere);
}

/** Their version beside this one, in the diff editor: the server makes a document of it. */
export async function diffElsewhere(app: App, elsewhere: Elsewhere): Promise<void> {
  const { uri, label } = await app.server.execute<{ uri: string; label: string }>("openTheirs", {
    ...elsewhere,
    show: false,
  });
  const ours = vscode.Uri.parse(elsewhere.uri);
  const title = `${basename(ours.fsPath)} (${label} ↔ this worktree)`;
  await vscode.commands.executeCommand("vscode.diff", vscode.Uri.parse(uri), ours, title);
}

/** "Open Theirs": a read-only document. */
export async function openTheirs(app: App, argument?: unknown): Promise<void> {
  const node = rowIn(argument);
  await onFile(app, node, "Open Theirs", node.files ?? [], async (_app, file) => {
    await app.server.execute("openTheirs", file);
  });
}

/** "Take Theirs": replaces our lines by theirs in all conflicts of a file, without saving it. */
export async function takeTheirs(_app: App, argument?: unknown): Promise<void> {
  const node = rowIn(argument);
  const files = (node.files ?? []).filter(({ conflictsWith }) => conflictsWith !== undefined);
  if (files.length === 0) {
    throw new NothingToDo(`${node.label} conflicts with no worktree here: there is nothing to take.`);
  }
  const file = await askFile("Take Theirs", files);
  if (file === undefined) {
    return;
  }
  const { document } = await vscode.window.showTextDocument(uriOf(file));
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const fixes = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    whole,
    vscode.CodeActionKind.QuickFix.value,
  );
  const taken = new vscode.WorkspaceEdit();
  for (const { title, edit } of fixes) {
    if (edit && title === `Take ${node.label}'s version of these lines`) {
      edit.entries().forEach(([uri, edits]) => {
        taken.set(uri, [...taken.get(uri), ...edits]);
      });
    }
  }
  if (taken.size === 0) {
    throw new NothingToDo(`${node.label} has no lines to take in this file.`);
  }
  await vscode.workspace.applyEdit(taken);
}

/** "Ignore Overlaps…": with the machine, the person, or the branch, as the quick fixes do. */
export async function ignoreColleague(app: App, argument?: unknown): Promise<void> {
  const node = rowIn(argument);
  const { label, user, branch } = colleagueOf(node);
  const choices = [
    { label: `$(vm) ${label}`, description: "this machine", value: label },
    { label: `$(account) ${user}`, description: "all machines of this person", value: user },
    ...(branch === null ? [] : [{ label: `$(git-branch) ${branch}`, description: "this branch", value: branch }]),
  ];
  const nav = { title: "Ignore Overlaps", canGoBack: false };
  const ignored = await pick<string>(nav, { placeholder: "With what?", choices });
  if (ignored !== undefined && ignored !== BACK) {
    await app.server.execute("ignoreOverlaps", { ...placeOf(targetOf(node)), label: ignored });
    await app.tree.refresh();
  }
}

async function onFile(
  app: App,
  node: Node,
  title: string,
  files: readonly ColleagueFile[],
  show: (app: App, elsewhere: Elsewhere) => Promise<void>,
): Promise<void> {
  const { worktree } = colleagueOf(node);
  if (files.length === 0) {
    throw new NothingToDo(GONE);
  }
  const file = await askFile(title, files);
  if (file !== undefined) {
    await show(app, { uri: uriOf(file).toString(), worktree });
  }
}

/** The conflicting files of a row; all its files if none conflicts. */
function conflicting({ files = [] }: Node): readonly ColleagueFile[] {
  const stops = files.filter(({ conflictsWith }) => conflictsWith !== undefined);
  return stops.length > 0 ? stops : files;
}

async function askFile(title: string, files: readonly ColleagueFile[]): Promise<ColleagueFile | undefined> {
  if (files.length === 1) {
    return files[0];
  }
  const choices = files.map((file) => ({
    label: `${file.conflictsWith === undefined ? "$(file)" : "$(warning)"} ${file.path}`,
    description: file.conflictsWith === undefined ? "" : `conflicts with ${file.conflictsWith}`,
    value: file,
  }));
  const file = await pick<ColleagueFile>({ title, canGoBack: false }, { placeholder: "Which file?", choices });
  return file === BACK ? undefined : file;
}

function colleagueOf({ colleague }: Node): Colleague {
  if (colleague === undefined) {
    throw new NothingToDo(GONE);
  }
  return colleague;
}

function uriOf({ worktree, path }: ColleagueFile): vscode.Uri {
  return vscode.Uri.file(join(worktree, path));
}
