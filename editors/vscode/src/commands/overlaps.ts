/** "Show Overlaps": every place where another worktree edits the same lines, to jump to; and the end of ignoring some. */

import * as vscode from "vscode";
import type { App } from "../app";
import type { Node } from "../tree/nodes";
import { placeHere } from "./target";

interface Place extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
  readonly range?: vscode.Range;
}

export function showOverlaps(): void {
  const places = vscode.languages.getDiagnostics().flatMap(([uri, all]) => {
    const ours = all.filter(({ source }) => source === "forksight");
    return ours.length > 0 ? [separator(uri), ...ours.map((diagnostic) => placeOf(uri, diagnostic))] : [];
  });
  if (places.length === 0) {
    void vscode.window.showInformationMessage("Forksight: no other worktree edits the same lines as this one.");
    return;
  }
  const input = vscode.window.createQuickPick<Place>();
  input.title = "Overlaps with Other Worktrees";
  input.placeholder = "Where to?";
  input.matchOnDescription = true;
  input.items = places;
  input.onDidChangeActive(([place]) => void open(place, true));
  input.onDidAccept(() => {
    void open(input.selectedItems[0], false);
    input.hide();
  });
  input.onDidHide(() => {
    input.dispose();
  });
  input.show();
}

/** "Stop Ignoring Overlaps", on a node of the tree that names what is ignored. */
export async function stopIgnoring(app: App, argument?: unknown): Promise<void> {
  const { label } = argument as Node;
  await app.server.execute("stopIgnoring", { ...placeHere(), label });
  await app.tree.refresh();
}

function separator(uri: vscode.Uri): Place {
  return { label: vscode.workspace.asRelativePath(uri), kind: vscode.QuickPickItemKind.Separator };
}

function placeOf(uri: vscode.Uri, { range, message, severity }: vscode.Diagnostic): Place {
  const icon = severity === vscode.DiagnosticSeverity.Warning ? "$(warning)" : "$(info)";
  return { label: `${icon} ${message}`, description: `line ${range.start.line + 1}`, uri, range };
}

async function open(place: Place | undefined, preview: boolean): Promise<void> {
  if (place?.uri && place.range) {
    // while choosing, the lines stand out; then only the cursor goes there: what is selected would be overwritten
    const selection = preview ? place.range : new vscode.Range(place.range.start, place.range.start);
    const options = { selection, preserveFocus: preview, preview };
    await vscode.window.showTextDocument(place.uri, options);
  }
}
