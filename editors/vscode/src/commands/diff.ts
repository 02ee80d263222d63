/** "Diff with Theirs": another worktree's version of a file beside this one, in the diff editor, unsaved text included. */

import { basename } from "node:path";
import * as vscode from "vscode";
import type { App } from "../app";
import { BACK, pick } from "../ask/steps";
import { at } from "../place";
import type { Branches } from "../protocol";
import type { Node } from "../tree/node";
import { diffColleague, diffElsewhere, type Elsewhere } from "./colleague";
import { NothingToDo } from "./outcome";

interface Side {
  readonly theirs: vscode.Uri;
  readonly ours: vscode.Uri;
  readonly label: string;
}

export async function diffTheirs(app: App, argument?: unknown): Promise<void> {
  if (isColleagueRow(argument)) {
    await diffColleague(app, argument);
    return;
  }
  if (isAboutRef(argument)) {
    await diffElsewhere(app, argument);
    return;
  }
  const side = sideOf(argument) ?? (await askSide());
  if (side !== undefined && "worktree" in side) {
    await diffElsewhere(app, side);
  } else if (side !== undefined) {
    await show(app, side);
  }
}

async function show(app: App, { theirs, ours, label }: Side): Promise<void> {
  const selection = vscode.window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === ours.toString(),
  )?.selection;
  const there = label || (await branchOf(app, ours, theirs.fsPath));
  const title = `${basename(ours.fsPath)} (${there} ↔ this worktree)`;
  await vscode.commands.executeCommand("vscode.diff", theirs, ours, title, selection ? { selection } : {});
}

/** What a code action of the server's names: `{uri, worktree, path}`. */
function sideOf(argument: unknown): Side | undefined {
  const { uri, worktree, path } = (argument ?? {}) as Record<string, unknown>;
  if (typeof uri !== "string" || typeof worktree !== "string" || typeof path !== "string") {
    return undefined;
  }
  return { theirs: vscode.Uri.file(`${worktree}/${path}`), ours: vscode.Uri.parse(uri), label: "" };
}

function isColleagueRow(argument: unknown): argument is Node {
  return (argument as Node | undefined)?.kind === "colleague";
}

/** A compared ref has a name where a worktree has a path. */
function isAboutRef(argument: unknown): argument is Elsewhere {
  const { uri, worktree } = (argument ?? {}) as Record<string, unknown>;
  return typeof uri === "string" && typeof worktree === "string" && !worktree.startsWith("/");
}

/** The other side of the overlap at the cursor, else one of those in the file. */
async function askSide(): Promise<Side | Elsewhere | undefined> {
  const editor = vscode.window.activeTextEditor;
  const ours = editor?.document.uri;
  if (editor === undefined || ours === undefined) {
    throw new NothingToDo("Open a file first.");
  }
  const all = vscode.languages.getDiagnostics(ours).filter(({ source }) => source === "forksight");
  const atCursor = all.filter(({ range }) => range.intersection(editor.selection));
  const about = atCursor.length > 0 ? atCursor : all;
  const choices = [...sidesOf(about, ours), ...elsewhere(about, ours)];
  if (choices.length < 2) {
    if (choices.length === 0) {
      throw new NothingToDo("No other worktree edits the same lines of this file.");
    }
    return choices[0]?.value;
  }
  const side = await pick<Side | Elsewhere>(
    { title: "Diff with Theirs", canGoBack: false },
    { placeholder: "With whose version?", choices },
  );
  return side === BACK ? undefined : side;
}

/** The client keeps what the server sends along with a warning: the names of the other sides, of which refs are no paths. */
function elsewhere(diagnostics: readonly vscode.Diagnostic[], ours: vscode.Uri): { label: string; value: Elsewhere }[] {
  return diagnostics.flatMap((diagnostic) => {
    const { data } = diagnostic as { data?: { others?: readonly string[] } };
    const names = (data?.others ?? []).filter((worktree) => !worktree.startsWith("/"));
    const uri = ours.toString();
    return names.map((worktree) => ({ label: `$(account) ${diagnostic.message}`, value: { uri, worktree } }));
  });
}

function sidesOf(diagnostics: readonly vscode.Diagnostic[], ours: vscode.Uri): { label: string; value: Side }[] {
  const related = diagnostics.flatMap(({ relatedInformation }) => relatedInformation ?? []);
  const sides = new Map(
    related.map(({ location, message }) => {
      const [label = message] = message.split(": ", 1);
      const side = { theirs: location.uri, ours, label };
      return [location.uri.toString(), { label: `$(git-branch) ${message}`, value: side }];
    }),
  );
  return [...sides.values()];
}

/** What a person calls the worktree of our repository that a file lies in: its branch, else its folder. */
async function branchOf(app: App, ours: vscode.Uri, path: string): Promise<string> {
  const { worktrees } = await app.server.request<Branches>("forksight/branches", at(ours));
  const holding = worktrees.filter((worktree) => path.startsWith(`${worktree.path}/`));
  const innermost = holding.toSorted((a, b) => b.path.length - a.path.length)[0];
  return innermost?.branch ?? basename(innermost?.path ?? path);
}
