/** The lifecycle of this window's only server: finds it, starts it, restarts it after crashes, and gives up. */

import * as vscode from "vscode";
import { ExecuteCommandRequest, State, type LanguageClient } from "vscode-languageclient/node";
import { coalesce } from "../coalesce";
import { ABILITIES, SERVER_COMMANDS, type Ability } from "../protocol";
import { createClient } from "./client";
import { crashBudget, MAX_RESTARTS, WINDOW_MS } from "./crashes";
import { discover, explain, type Discovery, type Source } from "./discovery";
import { reportCrashes, reportMissing } from "./messages";
import { serverSettings } from "./settings";
import { world } from "./world";

export type ServerState = "stopped" | "starting" | "running" | "missing" | "crashed";

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private current: ServerState = "stopped";
  private source: Source | undefined;
  private abilities = new Set<Ability>();
  private revival: NodeJS.Timeout | undefined;
  private readonly states = new vscode.EventEmitter<ServerState>();
  private readonly clients = new vscode.EventEmitter<LanguageClient>();
  private pauseAfterCrash = crashBudget();
  private readonly run = coalesce(() => this.startOver());

  /** Each change of state. */
  readonly onDidChangeState = this.states.event;
  /** Each new client, before it starts: the time to register handlers. */
  readonly onWillStart = this.clients.event;
  /** Finds the server again and starts it, whatever has crashed before. Calls during a run share one more run. */
  readonly restart = (): Promise<void> => {
    this.pauseAfterCrash = crashBudget();
    if (this.current === "starting") {
      this.client?.serverProcess?.kill(); // one that hangs would be waited for
    }
    return this.run();
  };

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly intercept: (command: string, args: unknown[]) => Promise<unknown> | undefined,
  ) {
    this.become("stopped"); // the view's welcome asks for it
  }

  get state(): ServerState {
    return this.current;
  }

  /** Whether selecting another interpreter may change which server is used. */
  get followsInterpreter(): boolean {
    return this.source === "interpreter" || this.current === "missing";
  }

  /** Whether the server has the command. */
  can(ability: Ability): boolean {
    return this.abilities.has(ability);
  }

  /** Runs a command of the server's. Rejects with the server's sentence, or if there is no server. */
  async execute<T>(ability: Ability, argument: object, token?: vscode.CancellationToken): Promise<T> {
    const params = { command: SERVER_COMMANDS[ability], arguments: [argument] };
    return (await this.send((client) => client.sendRequest(ExecuteCommandRequest.type, params, token))) as T;
  }

  /** Asks the server something. Rejects as `execute` does. */
  async request<T>(method: string, params: object, token?: vscode.CancellationToken): Promise<T> {
    return await this.send((client) =>
      // an undefined token would be sent as a second parameter, so that params would be a list
      token === undefined ? client.sendRequest<T>(method, params) : client.sendRequest<T>(method, params, token),
    );
  }

  /** Tells a running server that the settings have changed. */
  async configure(): Promise<void> {
    if (this.client?.isRunning()) {
      await this.client.sendNotification("workspace/didChangeConfiguration", {
        settings: { forksight: serverSettings() },
      });
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.revival);
    const { client } = this;
    this.client = undefined;
    if (client?.needsStop()) {
      await client.stop().catch((error: unknown) => {
        this.log.warn("the server did not stop properly", error);
      });
    }
    this.become("stopped");
  }

  dispose(): void {
    void this.stop();
  }

  private async send<T>(send: (client: LanguageClient) => Promise<T>): Promise<T> {
    const { client } = this;
    if (!client?.isRunning()) {
      throw new Error("The Forksight server is not running.");
    }
    try {
      return await send(client);
    } catch (error) {
      if (this.client === client && client.isRunning()) {
        throw error;
      }
      throw new Error("The Forksight server stopped before it was done. Try again.", { cause: error });
    }
  }

  private async startOver(): Promise<void> {
    await this.stop();
    this.become("starting");
    const discovery = await discover(world(this.context));
    for (const line of explain(discovery)) {
      this.log.info(line);
    }
    this.source = discovery.server?.source;
    if (discovery.server === undefined) {
      this.become("missing");
      this.report(discovery);
      return;
    }
    const client = createClient(discovery.server, this.log, {
      intercept: this.intercept,
      died: () => {
        this.died(client);
      },
    });
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (this.client === client && newState === State.Running) {
        this.started(client);
      }
    });
    this.clients.fire(client);
    await client.start().catch((error: unknown) => {
      this.log.error("the server did not start", error);
      this.died(client);
    });
  }

  private started(client: LanguageClient): void {
    const offered = new Set(client.initializeResult?.capabilities.executeCommandProvider?.commands ?? []);
    this.abilities = new Set(ABILITIES.filter((ability) => offered.has(SERVER_COMMANDS[ability])));
    this.become("running");
  }

  /** A client's server has ended by itself: restart it, or give up. A second call for the same client is ignored. */
  private died(client: LanguageClient): void {
    if (this.client !== client) {
      return;
    }
    this.client = undefined;
    const pause = this.pauseAfterCrash(Date.now());
    if (pause === undefined) {
      this.log.error(`the server has ended more than ${MAX_RESTARTS} times in ${WINDOW_MS / 60_000} minutes`);
      this.become("crashed");
      reportCrashes(this.log, this.restart);
      return;
    }
    this.log.warn(`the server has ended by itself; starting it again in ${pause} ms`);
    this.become("starting");
    this.revival = setTimeout(() => void this.run(), pause);
  }

  private become(state: ServerState): void {
    this.current = state;
    if (state !== "running") {
      this.abilities.clear();
    }
    for (const ability of ABILITIES) {
      void vscode.commands.executeCommand("setContext", `forksight.can.${ability}`, this.can(ability));
    }
    void vscode.commands.executeCommand("setContext", "forksight.server", state);
    this.states.fire(state);
  }

  private report(discovery: Discovery): void {
    void reportMissing(this.context, this.log, discovery, this.restart);
  }
}
