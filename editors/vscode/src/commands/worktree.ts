/** "Open Worktree in New Window…". */

import * as vscode from "vscode";
import type { App } from "../app";
import { BACK, pick } from "../ask/steps";
import type { Branch, Choices } from "../protocol";
import { sessionLabel } from "../tree/nodes";
import { placeHere, targetOf } from "./target";

export async function openWorktree(app: App, argument?: unknown): Promise<void> {
  const worktree = targetOf(argument).worktree ?? (await askWorktree(app));
  if (worktree !== undefined) {
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(worktree), { forceNewWindow: true });
  }
}

async function askWorktree(app: App): Promise<string | undefined> {
  const { branches } = await app.server.request<Choices>("forksight/choices", placeHere());
  const choices = branches.flatMap((branch) =>
    branch.worktree && !branch.current ? [item(branch, branch.worktree)] : [],
  );
  if (choices.length === 0) {
    throw new Error("This repository has no other worktree.");
  }
  const nav = { title: "Open Worktree in New Window", canGoBack: false };
  const worktree = await pick<string>(nav, { placeholder: "Which worktree?", choices });
  return worktree === BACK ? undefined : worktree;
}

function item({ name, session }: Branch, worktree: string): vscode.QuickPickItem & { value: string } {
  const description = session ? `fork ${sessionLabel(session)}` : "";
  return { label: `$(git-branch) ${name}`, description, detail: worktree, value: worktree };
}
