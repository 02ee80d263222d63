/**
 * Installs the server into the extension's own storage, when the person says so, and nowhere else.
 *
 * One folder per version; the file `ready` in it is written last, so that an install that was cut short counts as none.
 */

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { complaint } from "./complaint";
import { selectedInterpreter } from "./interpreter";
import { onPath } from "./path";

const PYTHONS = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const MOST_KEPT = 10_000; // characters of output that are looked through for an error
const AT_LEAST_3_11 = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

function root(context: vscode.ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, "server");
}

function folder(context: vscode.ExtensionContext): string {
  return join(root(context), (context.extension.packageJSON as { version: string }).version);
}

/** The Python of the installed copy that belongs to this version of the extension. */
export function installedPython(context: vscode.ExtensionContext): string | undefined {
  const home = folder(context);
  return existsSync(join(home, "ready")) ? join(home, "bin", "python") : undefined;
}

/** What to install: the wheel that is bundled with this extension, else the package of that name. */
function requirement(context: vscode.ExtensionContext): string {
  const bundled = join(context.extensionPath, "bundled");
  const wheel = existsSync(bundled) ? readdirSync(bundled).find((name) => name.endsWith(".whl")) : undefined;
  return wheel ? join(bundled, wheel) : "forksight";
}

/** Installs with progress; rejects with a sentence if it can't, and leaves nothing behind. Cancelled: false. */
export async function install(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<boolean> {
  const home = folder(context);
  return await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Installing the Forksight server", cancellable: true },
    async (progress, cancel) => {
      await rm(home, { recursive: true, force: true });
      await mkdir(root(context), { recursive: true });
      try {
        for (const { message, argv } of await steps(home, requirement(context))) {
          progress.report({ message });
          await run(argv, log, cancel);
        }
        await writeFile(join(home, "ready"), "");
      } catch (error) {
        await rm(home, { recursive: true, force: true });
        if (cancel.isCancellationRequested) {
          return false;
        }
        throw error;
      }
      await removeOthers(context);
      return true;
    },
  );
}

interface Step {
  readonly message: string;
  readonly argv: readonly [string, ...string[]];
}

async function steps(home: string, what: string): Promise<Step[]> {
  const uv = onPath("uv");
  const python = join(home, "bin", "python");
  if (uv) {
    return [
      { message: "making an environment with uv", argv: [uv, "venv", "--python", ">=3.11", home] },
      { message: "fetching it with uv", argv: [uv, "pip", "install", "--python", python, what] },
    ];
  }
  const base = await suitablePython();
  return [
    { message: "making an environment", argv: [base, "-m", "venv", home] },
    { message: "fetching it with pip", argv: [python, "-m", "pip", "install", "--disable-pip-version-check", what] },
  ];
}

async function suitablePython(): Promise<string> {
  const selected = vscode.workspace.isTrusted ? await selectedInterpreter() : undefined;
  for (const python of [selected, ...PYTHONS.map(onPath)]) {
    if (python && (await run([python, "-I", "-c", AT_LEAST_3_11]).then(always(true), always(false)))) {
      return python;
    }
  }
  throw new Error(
    "There is neither uv nor a Python 3.11 or newer with venv on PATH. Install one of them, then try again.",
  );
}

function always<T>(value: T): () => T {
  return () => value;
}

/** Runs a program to its end; rejects with what it says went wrong. */
async function run(
  [program, ...args]: readonly [string, ...string[]],
  log?: vscode.LogOutputChannel,
  cancel?: vscode.CancellationToken,
): Promise<void> {
  log?.info([program, ...args].join(" "));
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true }); // a group of its own
    const cancelled = cancel?.onCancellationRequested(() => {
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(-child.pid); // with what it started: pip would go on writing
      }
    });
    let output = "";
    const listen = (text: string): void => {
      log?.info(text.trimEnd());
      output = (output + text).slice(-MOST_KEPT);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("close", (status) => {
      cancelled?.dispose();
      if (status === 0) {
        resolve();
      } else {
        reject(new Error(complaint(output) ?? `${program} failed`));
      }
    });
  });
}

async function removeOthers(context: vscode.ExtensionContext): Promise<void> {
  const keep = folder(context);
  for (const name of await readdir(root(context))) {
    const path = join(root(context), name);
    if (path !== keep) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
