/** Shows quietly that something was done. The server itself shows doubts, and what was not done and why. */

import * as vscode from "vscode";
import type { Outcome } from "../protocol";

/** Shows that there is nothing to act on, as information and not as an error. */
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
