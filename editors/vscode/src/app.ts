/** What every command is given. */

import type * as vscode from "vscode";
import type { Server } from "./server/lifecycle";
import type { StatusBar } from "./status/bar";
import type { ForkTreeView } from "./tree/view";

export interface App {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly server: Server;
  readonly tree: ForkTreeView;
  readonly status: StatusBar;
}

/** What a command does. The argument is a tree node, what a code action carries, or nothing. */
export type Handler = (app: App, argument?: unknown) => Promise<void> | void;
