/** "Start Claude Code": a first session, where there is none to fork yet, and what comes after it. */

import * as vscode from "vscode";
import type { App } from "../app";
import { folderHere } from "../place";
import { openTerminal } from "../terminals";
import { NothingToDo } from "./outcome";

const START = "Start Claude Code";

export async function startClaude(app: App): Promise<void> {
  const folder = folderHere();
  if (folder === undefined) {
    throw new NothingToDo("Open a folder of a git repository first.");
  }
  const settings = vscode.workspace.getConfiguration("forksight.claude", folder);
  const argv = [settings.get("path", "claude"), ...settings.get<string[]>("extraArgs", [])];
  const { opened } = await openTerminal({ title: "Claude Code", cwd: folder.fsPath, argv, env: {} });
  if (!opened) {
    throw new NothingToDo("Trust this folder first: Claude Code runs what it names.");
  }
  const next = "Let Claude Code learn the project: its layout, its conventions. Then mark this session as a baseline.";
  if ((await vscode.window.showInformationMessage(`Forksight: ${next}`, "Set Baseline…")) !== undefined) {
    await vscode.commands.executeCommand("forksight.ui.view.setBaseline");
  }
  await app.tree.refresh();
}

/** Says that there is no session for what was asked, and offers to start one. */
export async function offerStart(sentence: string): Promise<void> {
  if ((await vscode.window.showInformationMessage(`Forksight: ${sentence}`, START)) !== undefined) {
    await vscode.commands.executeCommand("forksight.ui.start");
  }
}
