/** The world that discovery looks at: settings, files, PATH, programs. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { complaint } from "./complaint";
import type { World } from "./discovery";
import { selectedInterpreter } from "./interpreter";
import { installedPython } from "./install";
import { onPath } from "./path";

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 20_000; // the first start after an install compiles

export function world(context: vscode.ExtensionContext): World {
  return {
    trusted: vscode.workspace.isTrusted,
    setting: expand(vscode.workspace.getConfiguration("forksight").get("server.path", "").trim()),
    bundledPython: () => installedPython(context),
    interpreter: selectedInterpreter,
    onPath,
    async version(argv) {
      const [program, ...args] = argv;
      if (program === undefined) {
        throw new Error("no program is named");
      }
      try {
        return (await run(program, [...args, "--version"], { timeout: VERSION_TIMEOUT_MS })).stdout;
      } catch (error) {
        throw new Error(reason(program, error), { cause: error });
      }
    },
  };
}

function expand(path: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return path.replace(/^~(?=\/|$)/, homedir()).replaceAll("${workspaceFolder}", folder ?? "");
}

/** Why a program could not say its version, in a few words. */
function reason(program: string, error: unknown): string {
  const { code, killed, stderr } = error as { code?: string | number; killed?: boolean; stderr?: string };
  if (code === "ENOENT") {
    return `${program} does not exist`;
  }
  if (code === "EACCES") {
    return `${program} may not be executed`;
  }
  if (killed) {
    return `${program} --version did not answer within ${VERSION_TIMEOUT_MS / 1000} seconds`;
  }
  return complaint(stderr ?? "") ?? `${program} --version failed (${code ?? "no exit status"})`;
}
