/** "Resume Session…": one that runs here is shown, one that does not is started again. */

import type { App } from "../app";
import { sessionItems } from "../ask/choices";
import { BACK, pick } from "../ask/steps";
import type { Outcome, Session } from "../protocol";
import { focusTerminal } from "../terminals";
import { tell } from "./outcome";
import { placeHere, targetOf } from "./target";

export async function resume(app: App, argument?: unknown): Promise<void> {
  const session = targetOf(argument).session ?? (await askSession(app, "Resume Session", "Which session?"))?.id;
  if (session !== undefined) {
    await resumeSession(app, session);
  }
}

/** Shows a session's terminal if it has one here, else asks the server to resume it. */
export async function resumeSession(app: App, session: string): Promise<void> {
  if (!focusTerminal(session)) {
    tell("Resumed", await app.server.execute<Outcome>("resume", { ...placeHere(), session }));
  }
}

/** Lets the person choose a session of this repository. */
export async function askSession(
  app: App,
  title: string,
  placeholder: string,
  fits: (session: Session) => boolean = () => true,
): Promise<Session | undefined> {
  const { sessions } = await app.tree.sessions(placeHere());
  const choices = sessionItems(sessions.filter(fits), Date.now());
  if (choices.length === 0) {
    throw new Error("There is no such session in this repository yet.");
  }
  const session = await pick<Session>({ title, canGoBack: false }, { placeholder, choices });
  return session === BACK ? undefined : session;
}
