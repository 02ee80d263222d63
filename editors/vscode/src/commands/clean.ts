/** "Clean Up Forks…": the server's plan as a checklist, and a yes of its own for each fork whose work would be lost. */

import * as vscode from "vscode";
import type { App } from "../app";
import { cleanRows, isHeld, outcomeOf, type CleanRow } from "../ask/cleaning";
import { isAgreed } from "../ask/confirm";
import { pickSeveral } from "../ask/steps";
import type { CleanEntry, CleanPlan } from "../protocol";
import { placeOf, sessionOf, targetOf } from "./target";

export async function cleanForks(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const clean = (how: object): Promise<CleanPlan> => app.server.execute<CleanPlan>("clean", { ...place, ...how });
  const session = sessionOf(target);
  const wanted = session === undefined ? await askForks(await clean({ dryRun: true })) : [session];
  if (wanted.length === 0) {
    return;
  }
  const plan = await clean({ dryRun: true, sessions: wanted }); // without the others less goes, and more time has passed
  const confirmed = await confirm(plan.forks, session !== undefined);
  if (confirmed.length > 0) {
    await tellOutcome(plan, await clean({ confirmed }));
  }
}

/** The sessions of the forks that the person ticks. */
async function askForks({ forks, summary }: CleanPlan): Promise<string[]> {
  if (forks.length === 0) {
    void vscode.window.showInformationMessage(`Forksight: ${summary}`);
    return [];
  }
  const rows = cleanRows(forks).map((row) => (row.fork ? row : { ...row, kind: vscode.QuickPickItemKind.Separator }));
  const ticked = await pickSeveral<CleanRow & vscode.QuickPickItem>("Clean Up Forks", {
    placeholder: "Choose the forks to remove (an archive keeps everything)",
    rows,
    may: ({ fork }) => fork !== undefined && !isHeld(fork),
    least: 1,
    shortcut: {
      iconPath: new vscode.ThemeIcon("check-all"),
      tooltip: "Tick all without risk",
      ticks: ({ fork }) => fork !== undefined && !isHeld(fork) && !fork.at_risk,
    },
  });
  return (ticked ?? []).flatMap(({ fork }) => (fork ? [fork.session] : []));
}

/** The forks that the person says yes to: asked about each at risk, or about `every` one. */
async function confirm(forks: readonly CleanEntry[], every: boolean): Promise<CleanEntry[]> {
  const confirmed: CleanEntry[] = [];
  for (const fork of forks) {
    if (fork.words.refusal !== null) {
      void vscode.window.showWarningMessage(`Forksight: ${fork.words.refusal}`);
    } else if (!(every || fork.at_risk) || (await isAgreed(vscode.window.showWarningMessage, fork.words.question))) {
      confirmed.push(fork);
    }
  }
  return confirmed;
}

/** Says what became of them, and offers the way back. */
async function tellOutcome(before: CleanPlan, after: CleanPlan): Promise<void> {
  const { message, cleaned } = outcomeOf(before, after);
  const [first, ...others] = cleaned.map(({ session }) => session);
  const buttons = first === undefined ? [] : [others.length > 0 ? "Restore…" : "Restore"];
  const all = cleaned.length === after.forks.length;
  const show = all ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  if ((await show(`Forksight: ${message}`, ...buttons)) !== undefined) {
    await vscode.commands.executeCommand("forksight.ui.restore", ...(others.length > 0 ? [] : [{ session: first }]));
  }
}
