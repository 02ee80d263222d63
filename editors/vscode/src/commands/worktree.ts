/** "Open Worktree in New Window…". */

import * as vscode from "vscode";
import type { App } from "../app";
import { worktreeItems } from "../ask/choices";
import { BACK, pick } from "../ask/steps";
import type { Branches, ForkTree } from "../protocol";
import { NothingToDo } from "./outcome";
import { placeOf, targetOf } from "./target";

export async function openWorktree(app: App, argument?: unknown): Promise<void> {
  const worktree = targetOf(argument).worktree ?? (await askWorktree(app));
  if (worktree !== undefined) {
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(worktree), { forceNewWindow: true });
  }
}

async function askWorktree(app: App): Promise<string | undefined> {
  const none: Pick<ForkTree, "sessions"> = { sessions: [] };
  const place = placeOf();
  const [{ worktrees }, { sessions }] = await Promise.all([
    app.server.request<Branches>("forksight/branches", place),
    app.server.can("showForkTree") ? app.tree.sessions(place) : none,
  ]);
  const choices = worktreeItems(worktrees, app.status.current?.worktree ?? "", sessions);
  if (choices.length === 0) {
    throw new NothingToDo("This repository has no other worktree.");
  }
  const nav = { title: "Open Worktree in New Window", canGoBack: false };
  const worktree = await pick<string>(nav, { placeholder: "Which worktree?", choices });
  return worktree === BACK ? undefined : worktree;
}
