/** "Resume Session…": shows a session that runs here, and resumes one that does not run. */

import * as vscode from "vscode";
import type { App } from "../app";
import { sessionItems } from "../ask/choices";
import { BACK, pick } from "../ask/steps";
import type { Place } from "../place";
import type { Outcome, Session } from "../protocol";
import { isLive, sessionLabel } from "../session";
import { focusTerminal } from "../terminals";
import { NothingToDo, tell } from "./outcome";
import { offerStart } from "./start";
import { placeOf, targetOf } from "./target";

export async function resume(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const session = target.session ?? (await askSession(app, place, "Resume Session", "Which session?"))?.id;
  if (session !== undefined) {
    await resumeSession(app, place, session);
  }
}

/** "Show Terminal", on a session that runs: one that has ended meanwhile is not started unasked. */
export async function showTerminal(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const { session: id } = target;
  if (id === undefined || (await focusTerminal(id))) {
    return;
  }
  const { sessions } = await app.tree.sessions(place);
  const session = sessions.find((known) => known.id === id);
  if (session && isLive(session.state)) {
    await resumeSession(app, place, id); // the server says where it runs
    return;
  }
  await app.tree.refresh();
  const message = `Forksight: “${session ? sessionLabel(session) : id}” does not run any more.`;
  if ((await vscode.window.showInformationMessage(message, "Resume")) !== undefined) {
    await resumeSession(app, place, id);
  }
}

/** "Show Waiting Session…": the one that waits for a person, or the one of several that they choose. */
export async function showWaiting(app: App, argument?: unknown): Promise<void> {
  const place = placeOf(targetOf(argument));
  const waiting = (await app.tree.sessions(place)).sessions.filter(({ state }) => state === "live-waiting");
  const [only] = waiting;
  if (only === undefined) {
    throw new NothingToDo("No session waits for you.");
  }
  const nav = { title: "Show Waiting Session", canGoBack: false };
  const choices = sessionItems(waiting, Date.now());
  const session = waiting.length === 1 ? only : await pick<Session>(nav, { placeholder: "Which one?", choices });
  if (session !== undefined && session !== BACK) {
    await showTerminal(app, { session: session.id, uri: place.uri });
  }
}

/** Shows a session's terminal if it has one here, else asks the server to resume it. */
export async function resumeSession(app: App, place: Place, session: string): Promise<void> {
  if (!(await focusTerminal(session))) {
    tell("Resumed", await app.server.execute<Outcome>("resume", { ...place, session }));
  }
}

const NO_SESSION =
  "Claude Code has no session in this repository yet. Start one and let it learn the project: it is what forks begin with.";
const NONE_FITS = "No session of this repository can be taken for that. Start one and let it learn the project.";

/** Lets the person choose a session of this repository. */
export async function askSession(
  app: App,
  place: Place,
  title: string,
  placeholder: string,
  fits: (session: Session) => boolean = () => true,
): Promise<Session | undefined> {
  const { sessions } = await app.tree.sessions(place);
  const choices = sessionItems(sessions.filter(fits), Date.now());
  if (choices.length === 0) {
    await offerStart(sessions.length === 0 ? NO_SESSION : NONE_FITS);
    return undefined;
  }
  const session = await pick<Session>({ title, canGoBack: false }, { placeholder, choices });
  return session === BACK ? undefined : session;
}
