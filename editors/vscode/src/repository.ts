/** Whether anything that is open lies in a git repository. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";

/** Whether a folder of the workspace or an open file lies in a worktree. */
export function inRepository(): boolean {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const files = vscode.workspace.textDocuments.map(({ uri }) => uri);
  return [...folders, ...files].some(({ scheme, fsPath }) => scheme === "file" && hasGitAbove(fsPath));
}

/** Whether a path lies in a worktree. In a linked one `.git` is a file: both will do. */
function hasGitAbove(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) {
      return true;
    }
    if (dirname(folder) === folder) {
      return false;
    }
  }
}
