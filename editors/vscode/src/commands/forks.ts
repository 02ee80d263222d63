/** What is done to forks that exist: compare, clean up, restore, and what they saved. The server asks what it must know. */

import type { App } from "../app";
import type { Session } from "../protocol";
import { askSession } from "./resume";
import { placeHere, targetOf } from "./target";

export async function compareForks(app: App, argument?: unknown): Promise<void> {
  const hasWork = ({ worktree, state }: Session): boolean => worktree !== null && state !== "orphaned";
  const a = targetOf(argument).session ?? (await askSession(app, "Compare Forks (1/2)", "Which fork?", hasWork))?.id;
  if (a === undefined) {
    return;
  }
  const isOther = (session: Session): boolean => session.id !== a && hasWork(session);
  const b = (await askSession(app, "Compare Forks (2/2)", "With which one?", isOther))?.id;
  if (b !== undefined) {
    await app.server.execute("compare", { ...placeHere(), sessions: [a, b] });
  }
}

export async function cleanForks(app: App, argument?: unknown): Promise<void> {
  const { session } = targetOf(argument);
  await app.server.execute("clean", {
    ...placeHere(),
    ...(session ? { sessions: [session] } : {}),
  });
}

export async function restoreFork(app: App, argument?: unknown): Promise<void> {
  const { session } = targetOf(argument);
  await app.server.execute("restore", { ...placeHere(), ...(session ? { session } : {}) });
}

export async function showSavings(app: App): Promise<void> {
  await app.server.execute("showSavings", placeHere());
}
