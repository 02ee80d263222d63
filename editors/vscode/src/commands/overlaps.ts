/** "Show Overlaps": every place where another worktree edits the same lines, to jump to; and the end of ignoring some. */

import * as vscode from "vscode";
import type { App } from "../app";
import { placeOf, rowIn, targetOf } from "./target";

interface Row extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
  readonly range?: vscode.Range;
}

/** The decoration of a row's lines in a preview: they are not selected, so that no key can overwrite them. */
const preview = vscode.window.createTextEditorDecorationType({
  backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
  isWholeLine: true,
});

export async function showOverlaps(): Promise<void> {
  const rows = vscode.languages.getDiagnostics().flatMap(([uri, diagnostics]) => {
    const overlaps = diagnostics.filter(({ source }) => source === "forksight");
    return overlaps.length > 0 ? [separator(uri), ...overlaps.map((diagnostic) => rowOf(uri, diagnostic))] : [];
  });
  if (rows.length === 0) {
    void vscode.window.showInformationMessage("Forksight: no other worktree edits the same lines as this one.");
    return;
  }
  const goBack = rememberView();
  const row = await choose(rows);
  await (row ? open(row, false) : goBack());
}

/** Shows the lines of the active row, and resolves with the chosen row. Undefined: the person gave up. */
async function choose(rows: readonly Row[]): Promise<Row | undefined> {
  const input = vscode.window.createQuickPick<Row>();
  input.title = "Overlaps with Other Worktrees";
  input.placeholder = "Where to?";
  input.matchOnDescription = true;
  input.items = rows;
  let opening = Promise.resolve();
  input.onDidChangeActive(([row]) => {
    opening = opening.then(() => open(row, true)).catch(() => undefined); // a file that is gone has nothing to show
  });
  const chosen = await new Promise<Row | undefined>((resolve) => {
    input.onDidAccept(() => {
      resolve(input.selectedItems[0]);
    });
    input.onDidHide(() => {
      resolve(undefined);
    });
    input.show();
  });
  input.dispose();
  await opening; // what is still opening would come in front of what is shown next
  for (const editor of vscode.window.visibleTextEditors) {
    editor.setDecorations(preview, []);
  }
  return chosen;
}

/** A function that restores the active editor with its selection, visible range and preview state. */
function rememberView(): () => Promise<void> {
  const before = vscode.window.activeTextEditor;
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const tabs = new Set(vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(keyOf)));
  if (before === undefined) {
    return () => closeOthers(tabs);
  }
  const { document, selections, visibleRanges, viewColumn } = before;
  return async () => {
    const options = { preview: tab?.isPreview === true, ...(viewColumn === undefined ? {} : { viewColumn }) };
    const editor = await vscode.window.showTextDocument(document, options);
    editor.selections = selections;
    if (visibleRanges[0]) {
      editor.revealRange(visibleRanges[0], vscode.TextEditorRevealType.AtTop);
    }
    await closeOthers(tabs);
  };
}

/** Closes the files that were only opened as previews. */
async function closeOthers(tabs: ReadonlySet<string>): Promise<void> {
  const opened = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => !tabs.has(keyOf(tab)));
  await vscode.window.tabGroups.close(opened.filter(({ isDirty }) => !isDirty));
}

function keyOf({ input, label, group }: vscode.Tab): string {
  return `${group.viewColumn} ${input instanceof vscode.TabInputText ? input.uri.toString() : label}`;
}

/** "Stop Ignoring Overlaps", on a node of the tree that names what is ignored. */
export async function stopIgnoring(app: App, argument?: unknown): Promise<void> {
  const { label } = rowIn(argument);
  await app.server.execute("stopIgnoring", { ...placeOf(targetOf(argument)), label });
  await app.tree.refresh();
}

function separator(uri: vscode.Uri): Row {
  return { label: vscode.workspace.asRelativePath(uri), kind: vscode.QuickPickItemKind.Separator };
}

function rowOf(uri: vscode.Uri, { range, message, severity }: vscode.Diagnostic): Row {
  const icon = severity === vscode.DiagnosticSeverity.Warning ? "$(warning)" : "$(info)";
  return { label: `${icon} ${message}`, description: `line ${range.start.line + 1}`, uri, range };
}

/** Puts the cursor at the beginning of an overlap; in a preview its lines are highlighted instead. */
async function open(row: Row | undefined, toLook: boolean): Promise<void> {
  if (row?.uri && row.range) {
    const selection = new vscode.Range(row.range.start, row.range.start);
    const editor = await vscode.window.showTextDocument(row.uri, { selection, preserveFocus: toLook, preview: toLook });
    editor.setDecorations(preview, toLook ? [row.range] : []);
  }
}
