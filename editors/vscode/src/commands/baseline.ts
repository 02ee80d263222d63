/** Marking, refreshing and rolling back baselines. */

import type { App } from "../app";
import { baselineItems } from "../ask/choices";
import { freeName, nameProblem } from "../ask/names";
import { BACK, input, pick } from "../ask/steps";
import type { Place } from "../place";
import type { Session } from "../protocol";
import { sessionLabel } from "../session";
import { askSession } from "./resume";
import { NothingToDo } from "./outcome";
import { placeOf, targetOf } from "./target";

/** A session that is to be a baseline of this name. */
interface NewBaseline {
  readonly session: string;
  readonly name: string;
}

/** "Set Baseline…": a session, and its name as a baseline. */
export async function setBaseline(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const chosen = await askNewBaseline(app, place, target.session);
  if (chosen !== undefined) {
    await markBaseline(app, place, chosen);
  }
}

export async function markBaseline(app: App, place: Place, { session, name }: NewBaseline): Promise<void> {
  await app.server.execute("setBaseline", { ...place, session, name });
}

/** Asks which session, unless `wanted` is the id of one, and what it is to be called. Nothing is done yet. */
export async function askNewBaseline(app: App, place: Place, wanted?: string): Promise<NewBaseline | undefined> {
  const { sessions } = await app.tree.sessions(place);
  const session =
    sessions.find(({ id }) => id === wanted) ??
    (await askSession(app, place, "Set Baseline", "Which session knows what every fork should know?", isCandidate));
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
  return name === undefined || name === BACK ? undefined : { session: session.id, name };
}

function isCandidate({ baseline, state }: Session): boolean {
  return baseline === null && state !== "pending" && state !== "archived";
}

export async function refreshBaseline(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const baseline = target.baseline ?? (await askBaseline(app, place, "Refresh Baseline"));
  if (baseline !== undefined) {
    await app.server.execute("refreshBaseline", { ...place, name: baseline });
  }
}

export async function rollbackBaseline(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const baseline = target.baseline ?? (await askBaseline(app, place, "Roll Back Baseline"));
  if (baseline !== undefined) {
    await app.server.execute("rollbackBaseline", { ...place, name: baseline });
  }
}

/** "Publish Baseline…": what of it would leave this machine is shown first, and nothing leaves it without a yes. */
export async function publishBaseline(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const baseline = target.baseline ?? (await askBaseline(app, place, "Publish Baseline"));
  if (baseline !== undefined) {
    await app.server.execute("publishBaseline", { ...place, name: baseline });
  }
}

/** "Fetch Baseline…": the server asks which of those that colleagues published, and shows what would come. */
export async function fetchBaseline(app: App, argument?: unknown): Promise<void> {
  await app.server.execute("fetchBaseline", placeOf(targetOf(argument)));
  await app.tree.refresh();
}

/** The name of the only baseline, or of the one that the person chooses. */
async function askBaseline(app: App, place: Place, title: string): Promise<string | undefined> {
  const choices = baselineItems((await app.tree.sessions(place)).sessions, Date.now());
  const [only] = choices;
  if (only === undefined) {
    throw new NothingToDo("There is no baseline yet. Mark a session with “Set Baseline…” first.");
  }
  if (choices.length === 1) {
    return only.value.baseline?.name;
  }
  const session = await pick<Session>({ title, canGoBack: false }, { placeholder: "Which baseline?", choices });
  return session === BACK ? undefined : session?.baseline?.name;
}
