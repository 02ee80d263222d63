/** The settings as the server wants them: everything under `forksight.` but what is the extension's own. */

import * as vscode from "vscode";

const OWN = "server";

/** The server's settings for a place, of the object that VS Code has for section `forksight`. */
export function withoutOwn(section: unknown): unknown {
  if (typeof section !== "object" || section === null) {
    return section;
  }
  return Object.fromEntries(Object.entries(section).filter(([name]) => name !== OWN));
}

export function serverSettings(): unknown {
  return withoutOwn(vscode.workspace.getConfiguration().get("forksight", {}));
}
