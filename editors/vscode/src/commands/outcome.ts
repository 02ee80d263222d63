/** Says quietly that something was done. What is doubtful, or was not done and why, the server says itself. */

import * as vscode from "vscode";
import type { Outcome } from "../protocol";

/** There is nothing to do what was asked with: said as it is, for nothing went wrong. */
export class NothingToDo extends Error {}

const SHOWN_MS = 6000;

export function say(done: string): void {
  vscode.window.setStatusBarMessage(`$(check) ${done}`, SHOWN_MS);
}

export function tell(done: string, outcome: Outcome | null): void {
  if (outcome?.opened) {
    say(done);
  }
}
