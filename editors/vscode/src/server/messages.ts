/** Messages about a missing server, each with a button that helps. */

import * as vscode from "vscode";
import { MAX_RESTARTS, WINDOW_MS } from "./crashes";
import { advice, type Discovery } from "./discovery";
import { install } from "./install";

const LOGS = "Show Logs";

/** Says that no server was found, why, and offers what fixes it. */
export async function reportMissing(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  discovery: Discovery,
  restart: () => Promise<void>,
): Promise<void> {
  const { message, button } = advice(discovery);
  const answer = await vscode.window.showWarningMessage(message, button, LOGS);
  if (answer === LOGS) {
    log.show();
  } else if (answer === "Open Settings") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "forksight.server.path");
  } else if (answer === button) {
    await installServer(context, log, restart);
  }
}

/** Installs the server into the extension's storage and starts it; a failure is one message. */
export async function installServer(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  restart: () => Promise<void>,
): Promise<void> {
  try {
    if (await install(context, log)) {
      await restart();
    }
  } catch (error) {
    log.error("the server was not installed", error);
    const sentence = error instanceof Error ? error.message : String(error);
    const answer = await vscode.window.showErrorMessage(
      `Forksight's server was not installed: ${sentence}`,
      "Try Again",
      LOGS,
    );
    if (answer === LOGS) {
      log.show();
    } else if (answer) {
      await installServer(context, log, restart);
    }
  }
}

/** Says that the server was given up on. */
export function reportCrashes(log: vscode.LogOutputChannel, restart: () => Promise<void>): void {
  const message = `The Forksight server stopped ${MAX_RESTARTS + 1} times in ${WINDOW_MS / 60_000} minutes, so it was not started again.`;
  void vscode.window.showErrorMessage(message, LOGS, "Restart Server").then(async (answer) => {
    if (answer === LOGS) {
      log.show();
    } else if (answer) {
      await restart();
    }
  });
}
