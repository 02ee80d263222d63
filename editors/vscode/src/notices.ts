/** Notifies a person about sessions that wait or have ended their turn, unless they are looking at that session. */

import * as vscode from "vscode";
import type { App } from "./app";
import { showTerminal } from "./commands/resume";
import type { SessionNotice } from "./protocol";
import { isInFront } from "./terminals";

/** VS Code does not tell whether a terminal has the focus: a person who used an editor recently is taken to be there. */
const IN_EDITOR_MS = 60_000;
let lastInEditor = 0;

/** Keeps track of where the person is. */
export function followPerson(): vscode.Disposable {
  return vscode.window.onDidChangeTextEditorSelection(({ kind }) => {
    if (kind === vscode.TextEditorSelectionChangeKind.Keyboard || kind === vscode.TextEditorSelectionChangeKind.Mouse) {
      lastInEditor = Date.now();
    }
  });
}

export async function showNotice(app: App, { event, session, worktree, message }: SessionNotice): Promise<void> {
  if (await isLookedAt(session)) {
    return;
  }
  const show = event === "waiting" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  if ((await show(`Forksight: ${message}`, "Show Terminal")) !== undefined) {
    const uri = worktree === null ? {} : { uri: vscode.Uri.file(worktree).toString() };
    await showTerminal(app, { session, ...uri });
  }
}

async function isLookedAt(session: string): Promise<boolean> {
  const inEditor = Date.now() - lastInEditor < IN_EDITOR_MS;
  return vscode.window.state.focused && !inEditor && (await isInFront(session));
}
