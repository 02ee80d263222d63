/**
 * Sessions in integrated terminals.
 *
 * Nothing is remembered here: which terminal runs which session is read off the open terminals, so that it stays true after
 * the window was reloaded.
 */

import * as vscode from "vscode";
import type { OpenTerminal } from "./protocol";
import { sessionOf } from "./sessionArgument";

/** Opens a session in a terminal named after it, or shows the one that it runs in already. */
export function openTerminal({ title, cwd, argv, env }: OpenTerminal): { opened: boolean } {
  const [shellPath, ...shellArgs] = argv;
  if (shellPath === undefined || !vscode.workspace.isTrusted) {
    return { opened: false };
  }
  const session = sessionOf(shellArgs);
  if (session === undefined || !focusTerminal(session)) {
    const terminal = vscode.window.createTerminal({
      name: title,
      cwd,
      shellPath,
      shellArgs,
      env,
      iconPath: new vscode.ThemeIcon("repo-forked"),
      color: new vscode.ThemeColor("terminal.ansiMagenta"),
    });
    terminal.show();
  }
  return { opened: true };
}

/** Shows the terminal that a session runs in. False: none of ours does. */
export function focusTerminal(session: string): boolean {
  const terminals = vscode.window.terminals.filter((terminal) => sessionIn(terminal) === session);
  for (const ended of terminals.filter(({ exitStatus }) => exitStatus !== undefined)) {
    ended.dispose();
  }
  const live = terminals.find(({ exitStatus }) => exitStatus === undefined);
  live?.show();
  return live !== undefined;
}

function sessionIn({ creationOptions }: vscode.Terminal): string | undefined {
  const args = "shellArgs" in creationOptions ? creationOptions.shellArgs : undefined;
  return typeof args === "object" ? sessionOf(args) : undefined;
}
