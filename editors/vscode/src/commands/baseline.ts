/** Marking, refreshing and rolling back baselines. */

import type { App } from "../app";
import { baselineItems } from "../ask/choices";
import { freeName, nameProblem } from "../ask/names";
import { BACK, input, pick } from "../ask/steps";
import type { Session } from "../protocol";
import { sessionLabel } from "../tree/nodes";
import { askSession } from "./resume";
import { placeHere, targetOf } from "./target";

/** "Set Baseline…": a session, and its name as a baseline. Answers the name, undefined if nothing was marked. */
export async function setBaseline(app: App, argument?: unknown): Promise<string | undefined> {
  const place = placeHere();
  const { sessions } = await app.tree.sessions(place);
  const target = targetOf(argument).session;
  const session =
    sessions.find(({ id }) => id === target) ??
    (await askSession(app, "Set Baseline", "Which session knows what every fork should know?", isCandidate));
  if (session === undefined) {
    return undefined;
  }
  const taken = new Set(sessions.flatMap(({ baseline }) => (baseline ? [baseline.name] : [])));
  const name = await input(
    { title: "Set Baseline", canGoBack: false },
    {
      prompt: "What the baseline is called",
      value: freeName(sessionLabel(session), taken),
      problem: (text) => nameProblem(text, taken, "baseline"),
    },
  );
  if (name === undefined || name === BACK) {
    return undefined;
  }
  await app.server.execute("setBaseline", { ...place, session: session.id, name });
  return name;
}

function isCandidate({ baseline, state }: Session): boolean {
  return baseline === null && state !== "pending" && state !== "archived";
}

export async function refreshBaseline(app: App, argument?: unknown): Promise<void> {
  const baseline = targetOf(argument).baseline ?? (await askBaseline(app, "Refresh Baseline"));
  if (baseline !== undefined) {
    await app.server.execute("refreshBaseline", { ...placeHere(), name: baseline });
  }
}

export async function rollbackBaseline(app: App, argument?: unknown): Promise<void> {
  const baseline = targetOf(argument).baseline ?? (await askBaseline(app, "Roll Back Baseline"));
  if (baseline !== undefined) {
    await app.server.execute("rollbackBaseline", { ...placeHere(), name: baseline });
  }
}

/** The name of the only baseline, or of the one that the person chooses. */
async function askBaseline(app: App, title: string): Promise<string | undefined> {
  const choices = baselineItems((await app.tree.sessions(placeHere())).sessions, Date.now());
  const [only] = choices;
  if (only === undefined) {
    throw new Error("There is no baseline yet. Mark a session with “Set Baseline…” first.");
  }
  if (choices.length === 1) {
    return only.value.baseline?.name;
  }
  const session = await pick<Session>({ title, canGoBack: false }, { placeholder: "Which baseline?", choices });
  return session === BACK ? undefined : session?.baseline?.name;
}
