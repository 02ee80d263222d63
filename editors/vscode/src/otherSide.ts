/** Files of another worktree under the paths of this one's: a diff editor takes two files with two paths for a rename. */

import * as vscode from "vscode";

const SCHEME = "forksight-other-side";

/** `theirs`, read-only, as if it lay where `ours` does. */
export function inPlaceOf(ours: vscode.Uri, theirs: vscode.Uri): vscode.Uri {
  return ours.with({ scheme: SCHEME, query: theirs.fsPath });
}

const contents: vscode.TextDocumentContentProvider = {
  async provideTextDocumentContent({ query }) {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(query)));
  },
};

export function registerOtherSides(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, contents);
}
