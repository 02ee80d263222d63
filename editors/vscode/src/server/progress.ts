/**
 * The server's long work as notifications that can be cancelled.
 *
 * The client library shows it in the status bar, where VS Code has no way to cancel.
 */

import * as vscode from "vscode";
import type { Middleware, ProgressToken } from "vscode-languageclient/node";

const QUIET_MS = 400; // what is done sooner shows nothing

interface Work {
  readonly report: (message: string | undefined) => void;
  readonly end: () => void;
}

export class LongWork {
  private readonly running = new Map<ProgressToken, Work>();

  /** `cancel` tells the server that the person does not want to wait. */
  constructor(private readonly cancel: (token: ProgressToken) => void) {}

  /** Handles the server's progress notification. */
  readonly handle: NonNullable<Middleware["handleWorkDoneProgress"]> = (token, params, next) => {
    if (params.kind === "begin") {
      const cancel = (): void => {
        this.cancel(token);
      };
      this.running.set(token, show(params.title, cancel));
    } else if (params.kind === "report") {
      this.running.get(token)?.report(params.message);
    } else {
      this.running.get(token)?.end();
      this.running.delete(token);
      next(token, params); // the library's own record of it
    }
  };

  /** The server is gone, and its work with it. */
  endAll(): void {
    for (const work of this.running.values()) {
      work.end();
    }
    this.running.clear();
  }
}

function show(title: string, cancel: () => void): Work {
  let last: string | undefined;
  let shown: vscode.Progress<{ message?: string }> | undefined;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const report = (message: string | undefined): void => {
    last = message ?? last;
    shown?.report(last === undefined ? {} : { message: last });
  };
  const options = { location: vscode.ProgressLocation.Notification, title: `Forksight: ${title}`, cancellable: true };
  const timer = setTimeout(() => {
    void vscode.window.withProgress(options, async (progress, token) => {
      shown = progress;
      report(last);
      token.onCancellationRequested(cancel);
      await ended;
    });
  }, QUIET_MS);
  return {
    report,
    end: () => {
      clearTimeout(timer);
      end();
    },
  };
}
