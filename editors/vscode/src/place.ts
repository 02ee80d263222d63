/** Where the person is: what the server is told, so that it knows which worktree is meant. */

import * as vscode from "vscode";

export interface Place {
  readonly textDocument: { readonly uri: string };
}

/** The active file, else the first folder. Undefined: neither is open. */
export function here(): Place | undefined {
  const uri = activeFile() ?? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri;
  return uri && at(uri);
}

/** Every folder of the workspace. */
export function everywhere(): Place[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const places = folders.map(({ uri }) => at(uri));
  const file = activeFile();
  // a file from outside the folders: its repository is shown too
  return file && !vscode.workspace.getWorkspaceFolder(file) ? [...places, at(file)] : places;
}

export function at(uri: vscode.Uri): Place {
  return { textDocument: { uri: uri.toString() } };
}

function activeFile(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === "file" ? uri : undefined;
}
