/**
 * Sessions in integrated terminals.
 *
 * Nothing is remembered here: which terminal runs which session is read off the open terminals and their processes, so that
 * it stays true after the window was reloaded.
 */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { OpenTerminal } from "./protocol";
import { sessionOf } from "./sessionArgument";

const run = promisify(execFile);

/**
 * Runs its arguments, then gives the terminal to the person's shell: what Claude Code said last stays to be read, and there is
 * a prompt in the worktree. The command travels as arguments, never as text for a shell.
 */
const THEN_A_SHELL = `trap : INT QUIT
"$@"
status=$?
[ $status -eq 0 ] || printf '\\nClaude Code ended with exit status %s.' "$status"
printf '\\nThis is a shell in %s\\n' "$PWD"
exec "\${SHELL:-/bin/sh}"`;

/** Opens a session in a terminal named after it, or shows the one that it runs in already. */
export async function openTerminal({ title, cwd, argv, env }: OpenTerminal): Promise<{ opened: boolean }> {
  if (argv.length === 0 || !vscode.workspace.isTrusted) {
    return { opened: false };
  }
  const session = sessionOf(argv);
  if (session === undefined || !(await focusTerminal(session))) {
    const terminal = vscode.window.createTerminal({
      name: title,
      cwd,
      shellPath: "/bin/sh",
      shellArgs: ["-c", THEN_A_SHELL, "forksight", ...argv],
      env,
      iconPath: new vscode.ThemeIcon("repo-forked"),
      color: new vscode.ThemeColor("terminal.ansiMagenta"),
    });
    terminal.show();
  }
  return { opened: true };
}

/** Shows the terminal in which a session runs. False: it runs in none of ours; its former terminal may be a shell now. */
export async function focusTerminal(session: string): Promise<boolean> {
  for (const terminal of vscode.window.terminals) {
    if (sessionIn(terminal) === session && (await isRunning(terminal, session))) {
      terminal.show();
      return true;
    }
  }
  return false;
}

/** Whether the terminal that a session runs in is the active one. */
export async function isInFront(session: string): Promise<boolean> {
  const { activeTerminal } = vscode.window;
  return (
    activeTerminal !== undefined && sessionIn(activeTerminal) === session && (await isRunning(activeTerminal, session))
  );
}

/** Whether a terminal still runs its first process, which names the session; the shell after it does not. */
async function isRunning({ exitStatus, processId }: vscode.Terminal, session: string): Promise<boolean> {
  const pid = exitStatus === undefined ? await processId : undefined;
  if (pid === undefined) {
    return false;
  }
  return await run("ps", ["-ww", "-o", "args=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.includes(session),
    () => false, // it has ended meanwhile
  );
}

function sessionIn({ creationOptions }: vscode.Terminal): string | undefined {
  const args = "shellArgs" in creationOptions ? creationOptions.shellArgs : undefined;
  return typeof args === "object" ? sessionOf(args) : undefined;
}
