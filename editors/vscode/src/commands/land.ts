/** "Land Forks…": shows the server's plan, asks for consent, and can undo it. */

import * as vscode from "vscode";
import type { App } from "../app";
import { isAgreed } from "../ask/confirm";
import { canLand, landRows, type LandRow } from "../ask/landing";
import { pickSeveral } from "../ask/steps";
import type { Place } from "../place";
import type { Landing, LandEntry, LandPlan, TakenBack } from "../protocol";
import { NothingToDo, say } from "./outcome";
import { placeOf, sessionOf, targetOf } from "./target";

type Land = (how: object) => Promise<LandPlan>;

export async function landForks(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const land: Land = (how) => app.server.execute<LandPlan>("land", { ...place, ...how });
  const named = sessionOf(target);
  const sessions = named === undefined ? await askForks(await land({ dryRun: true })) : [named];
  if (sessions.length === 0) {
    return;
  }
  const plan = await land({ dryRun: true, sessions }); // in another order, and without the others' conflicts
  if (await isConfirmed(plan)) {
    const confirmed = plan.forks.filter(({ outcome }) => outcome === "proposed");
    await tellOutcome(app, place, await land({ confirmed, method: plan.method }));
  }
}

/** The branches of the forks that the person ticks; those that can land are ticked beforehand. */
async function askForks({ forks, summary }: LandPlan): Promise<string[]> {
  if (forks.length === 0) {
    throw new NothingToDo(summary);
  }
  const rows = landRows(forks).map((row) => (row.fork ? row : { ...row, kind: vscode.QuickPickItemKind.Separator }));
  const ticked = await pickSeveral<LandRow & vscode.QuickPickItem>("Land Forks", {
    placeholder: "Choose the forks to merge, in this order; it stops before a conflict",
    rows,
    may: ({ fork }) => fork !== undefined && canLand(fork),
    least: 1,
  });
  return (ticked ?? []).flatMap(({ fork }) => (fork ? [fork.branch] : []));
}

/** Asks for consent to a plan. If nothing can land, says why instead. */
async function isConfirmed({ forks, words: { question }, problems, summary }: LandPlan): Promise<boolean> {
  if (question !== null) {
    return await isAgreed(vscode.window.showInformationMessage, question);
  }
  const [fork] = forks;
  if (fork === undefined) {
    throw new NothingToDo(problems[0]?.message ?? summary);
  }
  await explain(fork);
  return false;
}

/** Says why a fork can't land; what is not committed can be: the command stands in a terminal, and is the person's to run. */
async function explain({ branch, worktree, held, words }: LandEntry): Promise<void> {
  const command = held.find(({ code }) => code === "uncommitted")?.command ?? null;
  const buttons = command === null ? [] : ["Commit…"];
  const answer = await vscode.window.showWarningMessage(`Forksight: ${words.refusal ?? words.outcome}`, ...buttons);
  if (answer !== undefined && command !== null && worktree !== null) {
    const terminal = vscode.window.createTerminal({ name: `Commit ${branch}`, cwd: worktree });
    terminal.show();
    terminal.sendText(command, false);
  }
}

/** Shows the outcome, and offers the next actions. */
async function tellOutcome(app: App, place: Place, { forks, landed, problems, summary }: LandPlan): Promise<void> {
  const all = problems.length === 0 && forks.every(({ outcome }) => outcome === "landed");
  const show = all ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const buttons = landed.length > 0 ? ["Undo", "Clean Up…"] : [];
  const text = [summary, ...problems.map(({ message }) => message)].join(" ");
  const answer = await show(`Forksight: ${text}`, ...buttons);
  if (answer === "Undo") {
    await undo(app, place, landed);
  } else if (answer !== undefined) {
    await vscode.commands.executeCommand("forksight.ui.view.clean");
  }
}

/** Undoes these runs. */
async function undo(app: App, place: Place, runs: readonly Landing[]): Promise<void> {
  for (const { run } of runs.toReversed()) {
    const { summary } = await app.server.execute<TakenBack>("land", { ...place, undo: run, yes: true });
    say(summary);
  }
}
