/** Creates the language client for all folders, with the capabilities of this editor. */

import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  WorkDoneProgressCancelNotification,
  type ErrorHandler,
  type Middleware,
  type ShowDocumentParams,
  type ShowDocumentResult,
  type StaticFeature,
} from "vscode-languageclient/node";
import { withoutMessages } from "../hover";
import type { FoundServer } from "./discovery";
import { LongWork } from "./progress";
import { serverSettings, withoutOwn } from "./settings";

interface ClientHooks {
  /** A command of the server's that VS Code was asked to run, for example by a code action. Undefined: not ours to do. */
  intercept(command: string, args: unknown[]): Promise<unknown> | undefined;
  /** The server has ended by itself. */
  died(): void;
}

/** What this editor can do beyond the protocol. */
const capabilities: StaticFeature = {
  fillClientCapabilities(capabilities) {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, forksight: { openTerminal: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

/** Logs failures without notifications: `messages` shows what the person should know. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export function createClient(server: FoundServer, log: vscode.LogOutputChannel, hooks: ClientHooks): LanguageClient {
  const [command, ...args] = server.argv;
  const work = new LongWork(
    (token) => void client.sendNotification(WorkDoneProgressCancelNotification.type, { token }),
  );
  const client: LanguageClient = new QuietClient(
    "forksight",
    "Forksight",
    { command, args: [...args, "server", "--stdio"] },
    {
      documentSelector: [{ scheme: "file" }],
      diagnosticCollectionName: "forksight",
      outputChannel: log,
      traceOutputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      stdioOptions: {
        stdout: () => undefined, // the protocol's own stream
        stderr: (stream) => {
          stream.setEncoding("utf8").on("data", (text: string) => {
            log.info(text.trimEnd());
          });
        },
      },
      initializationOptions: serverSettings,
      errorHandler: errorHandler(hooks),
      initializationFailedHandler: () => false, // `start` rejects, and `Server` decides
      markdown: { supportThemeIcons: true },
      middleware: { ...middleware(hooks), handleWorkDoneProgress: work.handle },
    },
  );
  client.registerFeature(capabilities);
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped) {
      work.endAll();
    }
  });
  return client;
}

function errorHandler(hooks: ClientHooks): ErrorHandler {
  return {
    error: (_error, _message, count) => ({
      action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
      handled: true,
    }),
    closed: () => {
      hooks.died();
      return { action: CloseAction.DoNotRestart, handled: true }; // `Server` decides, and starts a client of its own
    },
  };
}

function middleware(hooks: ClientHooks): Middleware {
  return {
    executeCommand: (command, args, next) =>
      hooks.intercept(command, args) ?? (next(command, args) as Promise<unknown>),
    provideHover: async (document, position, token, next) => {
      const hover = await next(document, position, token);
      const shown = vscode.languages.getDiagnostics(document.uri).filter(({ range }) => range.contains(position));
      return hover && withoutRepeats(hover, shown);
    },
    window: {
      showDocument: async (params, token, next) => (await asPreview(params)) ?? (await next(params, token)),
    },
    workspace: {
      didChangeConfiguration: () => Promise.resolve(), // `Server.configure` tells, without the extension's own settings
      configuration: async (params, token, next) => {
        const answers = await next(params, token);
        return Array.isArray(answers) ? answers.map(withoutOwn) : answers;
      },
    },
  };
}

/** Shows a Markdown document of the server in a preview. Undefined: it is no such document. */
async function asPreview({ uri }: ShowDocumentParams): Promise<ShowDocumentResult | undefined> {
  const shown = vscode.Uri.parse(uri);
  if (shown.scheme !== "forksight" || !shown.path.endsWith(".md")) {
    return undefined;
  }
  await vscode.commands.executeCommand("markdown.showPreview", shown);
  return { success: true };
}

function withoutRepeats(hover: vscode.Hover, shown: readonly vscode.Diagnostic[]): vscode.Hover {
  const warnings = shown.map(({ message, relatedInformation }) => ({
    message,
    sides: (relatedInformation ?? []).map((related) => related.message.split(": ", 1)[0] ?? related.message),
  }));
  for (const content of hover.contents) {
    if (content instanceof vscode.MarkdownString) {
      content.value = withoutMessages(content.value, warnings);
    }
  }
  return hover;
}
