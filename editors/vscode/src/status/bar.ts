/** The status bar item: the fork and the baseline of the file that is being edited. */

import * as vscode from "vscode";
import { here } from "../place";
import type { Status } from "../protocol";
import type { Server } from "../server/lifecycle";
import { showServer, showStatus, TOOLTIP_COMMANDS, type Shown } from "./text";

const BACKGROUNDS = {
  ok: undefined,
  warning: "statusBarItem.warningBackground",
  error: "statusBarItem.errorBackground",
};

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("forksight.status", vscode.StatusBarAlignment.Left, 10);
  private readonly changes = new vscode.EventEmitter<Status | undefined>();
  private status: Status | undefined;
  private asked = 0;

  /** Each change of what is shown. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly server: Server,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.item.name = "Forksight";
    this.item.command = "forksight.ui.menu";
  }

  /** The status of the place where the person is, if the server has told. */
  get current(): Status | undefined {
    return this.status;
  }

  /** Requests the status of the current place. An answer that arrives after a later request is dropped. */
  async refresh(): Promise<void> {
    const question = ++this.asked;
    const place = here();
    const answer = this.server.state === "running" && place ? await this.ask(place) : undefined;
    if (question === this.asked) {
      this.status = answer;
      this.render();
    }
  }

  /** Handles a status that the server pushed. It is only shown if it is about the current worktree. */
  update(status: Status): void {
    if (this.status?.worktree === status.worktree) {
      this.asked++; // an answer that is on its way is older
      this.status = status;
      this.render();
    } else if (this.status === undefined) {
      void this.refresh();
    }
  }

  dispose(): void {
    this.changes.dispose();
    this.item.dispose();
  }

  private async ask(place: object): Promise<Status | undefined> {
    try {
      return (await this.server.request<Status | null>("forksight/status", place)) ?? undefined;
    } catch (error) {
      this.log.debug("no status", error); // not in a repository, or a server that has none
      return undefined;
    }
  }

  private render(): void {
    this.changes.fire(this.status);
    const shown = this.status ? showStatus(this.status) : showServer(this.server.state);
    if (shown === undefined) {
      this.item.hide();
    } else {
      this.show(shown);
    }
  }

  private show({ text, tooltip, level, label }: Shown): void {
    this.item.text = text;
    this.item.tooltip = new vscode.MarkdownString(tooltip, true);
    this.item.tooltip.isTrusted = { enabledCommands: TOOLTIP_COMMANDS };
    const background = BACKGROUNDS[level];
    this.item.backgroundColor = background ? new vscode.ThemeColor(background) : undefined;
    this.item.accessibilityInformation = { label, role: "button" };
    this.item.show();
  }
}
