/** A question of the server's before something is done, as a modal dialog. */

import * as vscode from "vscode";
import type { Question } from "../protocol";

type Show = typeof vscode.window.showWarningMessage | typeof vscode.window.showInformationMessage;

/** Whether the person says yes; what they close the dialog with is no. */
export async function isAgreed(show: Show, { message, detail, yes, no }: Question): Promise<boolean> {
  const agree: vscode.MessageItem = { title: yes };
  const refuse: vscode.MessageItem = { title: no, isCloseAffordance: true }; // the first one is what Enter says
  return (await show(message, { modal: true, detail }, refuse, agree)) === agree;
}
