/** The settings to send to the server: everything under `forksight.` but the extension's own. */

import * as vscode from "vscode";

const OWN = "server";

/** The server's settings for a place, from VS Code's object for section `forksight`. */
export function withoutOwn(section: unknown): unknown {
  if (typeof section !== "object" || section === null) {
    return section;
  }
  return Object.fromEntries(Object.entries(section).filter(([name]) => name !== OWN));
}

export function serverSettings(): unknown {
  return withoutOwn(vscode.workspace.getConfiguration().get("forksight", {}));
}
