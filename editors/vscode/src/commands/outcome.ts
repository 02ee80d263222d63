/** Says what happened: quietly if it worked, with a message if the person should know or do something. */

import * as vscode from "vscode";
import type { Outcome } from "../protocol";

const QUIET_MS = 6000;

/** Says in the status bar that something was done, and in a message what was doubtful about it. */
export function tell(done: string, outcome: Outcome | null | undefined): void {
  const doubts = [...(outcome?.warnings ?? []), ...(outcome?.problems ?? [])].map(({ message }) => message);
  if (outcome?.command) {
    void offerCommand(doubts.join(" ") || "Nothing was done.", outcome.command);
    return;
  }
  vscode.window.setStatusBarMessage(`$(check) ${done}`, QUIET_MS);
  if (doubts.length > 0) {
    void vscode.window.showWarningMessage(`Forksight: ${doubts.join(" ")}`);
  }
}

async function offerCommand(sentence: string, command: string): Promise<void> {
  const answer = await vscode.window.showInformationMessage(`${sentence} To do it: ${command}`, "Copy Command");
  if (answer) {
    await vscode.env.clipboard.writeText(command);
  }
}
