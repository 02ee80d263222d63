/** Where the person is: what the server is told, so that it knows which worktree is meant. */

import * as vscode from "vscode";

export interface Place {
  readonly uri: string;
  readonly textDocument: { readonly uri: string };
}

/** The active file, else the first folder. Undefined: neither is open. */
function uriHere(): vscode.Uri | undefined {
  return activeFile() ?? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri;
}

/** The folder of the workspace that the active file lies in, else the first one. */
export function folderHere(): vscode.Uri | undefined {
  const file = activeFile();
  const folder = file && vscode.workspace.getWorkspaceFolder(file);
  return (folder ?? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file"))?.uri;
}

/** The active file or first folder, for the server. */
export function here(): Place | undefined {
  const uri = uriHere();
  return uri && at(uri);
}

/** Every folder of the workspace, and the active file if it lies in none of them. */
export function everywhere(): Place[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const file = activeFile();
  const stray = file && !vscode.workspace.getWorkspaceFolder(file) ? [file] : [];
  return [...folders.map(({ uri }) => uri), ...stray].map(at);
}

/** A file or folder, for the server. */
export function at(uri: vscode.Uri): Place {
  return { uri: uri.toString(), textDocument: { uri: uri.toString() } };
}

function activeFile(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === "file" ? uri : undefined;
}
