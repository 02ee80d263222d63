/** Every command of this extension and what it does; package.json declares the same ones, a test compares. */

import type { Handler } from "../app";
import { installServer } from "../server/messages";
import { fetchBaseline, publishBaseline, refreshBaseline, rollbackBaseline, setBaseline } from "./baseline";
import { cleanForks } from "./clean";
import { ignoreColleague, openTheirs, takeTheirs } from "./colleague";
import { compareForks } from "./compare";
import { diffTheirs } from "./diff";
import { showFork, showSavings, takeFindings } from "./documents";
import { fork } from "./fork";
import { landForks } from "./land";
import { showMenu } from "./menu";
import { say } from "./outcome";
import { showOverlaps, stopIgnoring } from "./overlaps";
import { restoreFork } from "./restore";
import { resume, showTerminal, showWaiting } from "./resume";
import { openRow, showConflicts } from "./row";
import { forgetMachine, shareNow, showSharing, startSharing, stopSharing } from "./share";
import { startClaude } from "./start";
import { openWorktree, openWorktreeHere } from "./worktree";

export const COMMANDS: Readonly<Record<string, Handler>> = {
  "forksight.ui.fork": fork,
  "forksight.ui.refreshBaseline": refreshBaseline,
  "forksight.ui.showForkTree": (app) => app.tree.reveal(app.status.current?.fork?.id),
  "forksight.ui.start": startClaude,
  "forksight.ui.resume": resume,
  "forksight.ui.showTerminal": showTerminal,
  "forksight.ui.showWaiting": showWaiting,
  "forksight.ui.openRow": openRow,
  "forksight.ui.showConflicts": showConflicts,
  "forksight.ui.setBaseline": setBaseline,
  "forksight.ui.rollbackBaseline": rollbackBaseline,
  "forksight.ui.publishBaseline": publishBaseline,
  "forksight.ui.fetchBaseline": fetchBaseline,
  "forksight.ui.showOverlaps": showOverlaps,
  "forksight.ui.stopIgnoring": stopIgnoring,
  "forksight.ui.diffTheirs": diffTheirs,
  "forksight.ui.openTheirs": openTheirs,
  "forksight.ui.takeTheirs": takeTheirs,
  "forksight.ui.ignoreColleague": ignoreColleague,
  "forksight.ui.clean": cleanForks,
  "forksight.ui.restore": restoreFork,
  "forksight.ui.compare": compareForks,
  "forksight.ui.land": landForks,
  "forksight.ui.showFork": showFork,
  "forksight.ui.findings": takeFindings,
  "forksight.ui.showSavings": showSavings,
  "forksight.ui.share": startSharing,
  "forksight.ui.stopSharing": stopSharing,
  "forksight.ui.showSharing": showSharing,
  "forksight.ui.shareNow": shareNow,
  "forksight.ui.forgetMachine": forgetMachine,
  "forksight.ui.openWorktree": openWorktree,
  "forksight.ui.openWorktreeHere": openWorktreeHere,
  // for the view's title: VS Code hands its buttons the row that was clicked last, which they are not about
  "forksight.ui.view.fork": (app) => fork(app),
  "forksight.ui.view.setBaseline": (app) => setBaseline(app),
  "forksight.ui.view.clean": (app) => cleanForks(app),
  "forksight.ui.view.land": (app) => landForks(app),
  "forksight.ui.view.restore": (app) => restoreFork(app),
  "forksight.ui.restart": async ({ server }) => {
    await server.restart();
    if (server.state === "running") {
      say("The Forksight server was restarted");
    }
  },
  "forksight.ui.showLogs": (app) => {
    app.log.show();
  },
  "forksight.ui.menu": showMenu,
  "forksight.ui.refreshTree": (app) => app.tree.refresh(),
  "forksight.ui.installServer": ({ context, log, server }) => installServer(context, log, server.restart),
};

/** The server's commands that have an own way to ask here: a code action that names one ends there. */
export const INTERCEPTED: Readonly<Record<string, string>> = {
  "forksight.forkSession": "forksight.ui.fork",
  "forksight.refreshBaseline": "forksight.ui.refreshBaseline",
  "forksight.showForkTree": "forksight.ui.showForkTree",
  "forksight.resumeSession": "forksight.ui.resume",
  "forksight.cleanForks": "forksight.ui.clean",
  "forksight.landForks": "forksight.ui.land",
  "forksight.showOverlaps": "forksight.ui.showOverlaps",
  "forksight.diffTheirs": "forksight.ui.diffTheirs",
};
