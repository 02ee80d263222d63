/** Wires everything up. Nothing here decides anything. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { App } from "./app";
import { NothingToDo } from "./commands/outcome";
import { rowIn } from "./commands/target";
import { COMMANDS, INTERCEPTED } from "./commands/table";
import { arrive } from "./commands/worktree";
import { registerOtherSides } from "./otherSide";
import type { OpenTerminal, SessionNotice, Status } from "./protocol";
import { followPerson, showNotice } from "./notices";
import { inRepository } from "./repository";
import { onInterpreterChange } from "./server/interpreter";
import { Server } from "./server/lifecycle";
import { StatusBar } from "./status/bar";
import { openTerminal } from "./terminals";
import { badges } from "./tree/badges";
import { ForkTreeView } from "./tree/view";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Forksight", { log: true });
  server = new Server(context, log, intercept);
  const status = new StatusBar(server, log);
  const tree = new ForkTreeView(server, log);
  const app: App = { context, log, server, tree, status };
  const decorations = vscode.window.registerFileDecorationProvider(badges);
  context.subscriptions.push(log, server, status, tree, decorations, registerOtherSides(), followPerson());
  registerCommands(app);
  follow(app);
  startWhenNeeded(app);
  arrive(context).catch((error: unknown) => void report(app, error));
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

function registerCommands(app: App): void {
  const ofRows = rowCommands(app.context.extension.packageJSON as Manifest);
  for (const [id, handler] of Object.entries(COMMANDS)) {
    const run = async (...args: unknown[]): Promise<void> => {
      try {
        if (ofRows.has(id) && args.length > 0) {
          rowIn(args[0]); // without its row a command would be about something else
        }
        await handler(app, args[0]);
      } catch (error) {
        await report(app, error);
      }
    };
    app.context.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
}

interface Manifest {
  readonly contributes: { readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>> };
}

/** The commands that stand in the menus of the tree's rows. */
function rowCommands({ contributes }: Manifest): ReadonlySet<string> {
  return new Set(contributes.menus["view/item/context"]?.map(({ command }) => command));
}

async function report(app: App, error: unknown): Promise<void> {
  if (error instanceof NothingToDo) {
    void vscode.window.showInformationMessage(`Forksight: ${error.message}`);
    return;
  }
  app.log.error(error instanceof Error ? error : String(error));
  const sentence = error instanceof Error ? error.message : String(error);
  if ((await vscode.window.showErrorMessage(`Forksight: ${sentence}`, "Show Logs")) !== undefined) {
    app.log.show();
  }
}

/** Sends a code action's command to the extension's own questions, where it has some. */
function intercept(command: string, args: unknown[]): Promise<unknown> | undefined {
  const own = INTERCEPTED[command];
  return own === undefined ? undefined : Promise.resolve(vscode.commands.executeCommand(own, ...args));
}

/** Keeps what is shown in step with the server and with where the person is. */
function follow(app: App): void {
  const { context, server, status, tree } = app;
  const refresh = (): void => {
    void status.refresh();
    void tree.refresh();
  };
  context.subscriptions.push(
    server.onWillStart((client) => {
      listen(app, client);
    }),
    server.onDidChangeState(refresh),
    status.onDidChange((now) => {
      tree.badge(now?.overlaps ?? { conflicts: 0, text: "" });
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      void status.refresh();
      if (editor && !vscode.workspace.getWorkspaceFolder(editor.document.uri)) {
        void tree.refresh(); // a file outside of every folder may be of a repository that is not shown yet
      }
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(refresh),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("forksight.server")) {
        void server.restart();
      } else if (event.affectsConfiguration("forksight")) {
        void server.configure();
      }
    }),
  );
  const other = (): void => {
    if (server.followsInterpreter) {
      void server.restart();
    }
  };
  onInterpreterChange(other).then(
    (subscription) => subscription && context.subscriptions.push(subscription),
    (error: unknown) => {
      app.log.debug("the Python extension can't be asked", error);
    },
  );
}

/** What the server says and asks by itself. */
function listen(app: App, client: LanguageClient): void {
  const { status, tree } = app;
  client.onNotification("forksight/status", (update: Status) => {
    status.update(update);
    void tree.refresh(); // its badges
  });
  client.onNotification("forksight/forkTreeChanged", () => void tree.refresh());
  client.onNotification("forksight/sessionNotice", (notice: SessionNotice) => {
    showNotice(app, notice).catch((error: unknown) => void report(app, error));
  });
  client.onRequest("forksight/openTerminal", (request: OpenTerminal) => openTerminal(request));
}

/** Starts the server as soon as something of a git repository is open; until then nothing runs. */
function startWhenNeeded({ context, server }: App): void {
  const subscriptions: vscode.Disposable[] = [];
  const look = (): void => {
    if (server.state !== "stopped" || !inRepository()) {
      return;
    }
    for (const subscription of subscriptions) {
      subscription.dispose();
    }
    void server.restart();
  };
  const created = vscode.workspace.createFileSystemWatcher("**/.git/HEAD", false, true, true); // `git init`
  subscriptions.push(
    created,
    created.onDidCreate(look),
    vscode.window.onDidChangeWindowState(look),
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeWorkspaceFolders(look),
    vscode.workspace.onDidCreateFiles(look),
  );
  context.subscriptions.push(...subscriptions);
  look();
}
