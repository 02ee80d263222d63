/** What has no picture, checked in the window that tests/vscode/test_host.py opens: three worktrees in one workspace. */

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import * as vscode from "vscode";

interface Facts {
  readonly file: string;
  /** Worktrees by what they are: main, linked (a folder of its own), nested (inside main). */
  readonly worktrees: Readonly<Record<string, string>>;
  /** The line of the overlap, 0-based. */
  readonly line: number;
}

const PATIENCE_MS = 90_000;

const facts = JSON.parse(process.env.FORKSIGHT_TEST_FACTS ?? "{}") as Facts;

function uriIn(worktree: string): vscode.Uri {
  return vscode.Uri.file(`${facts.worktrees[worktree] ?? ""}/${facts.file}`);
}

function overlaps(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "forksight");
}

/** Whether a file has warnings, and all of them on this line (0-based). */
function isWarned(uri: vscode.Uri, line: number): boolean {
  const warnings = overlaps(uri);
  return warnings.length > 0 && warnings.every(({ range }) => range.start.line === line);
}

/** Waits until something is so, and says what was waited for if it never is. */
async function until(what: string, holds: () => boolean | Thenable<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited for ${what}`);
    await setTimeout(50);
  }
}

export const checks: Readonly<Record<string, () => Promise<void>>> = {
  async "a linked, a nested and the main worktree are each warned about the others"() {
    for (const worktree of Object.keys(facts.worktrees)) {
      const uri = uriIn(worktree);
      await vscode.window.showTextDocument(uri, { preview: false });
      await until(`a warning in ${worktree}`, () => overlaps(uri).length > 0);
      assert.ok(
        overlaps(uri).every(({ range }) => range.start.line === facts.line),
        JSON.stringify(overlaps(uri)),
      );
    }
  },

  async "the palette's commands are registered beside the server's"() {
    const all = new Set(await vscode.commands.getCommands(true));
    for (const id of [
      "forksight.ui.fork",
      "forksight.ui.showOverlaps",
      "forksight.ui.restart",
      "forksight.showOverlaps",
    ]) {
      assert.ok(all.has(id), id);
    }
  },

  async "a warning follows unsaved text, and undoing it"() {
    const uri = uriIn("main");
    const editor = await vscode.window.showTextDocument(uri);
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), "\n\n");
    });
    await until("the warning two lines below", () => isWarned(uri, facts.line + 2));
    await vscode.commands.executeCommand("undo");
    await until("the warning back", () => isWarned(uri, facts.line));
  },

  async "the hover shows their lines and does not repeat the warning"() {
    const uri = uriIn("main");
    const [warning] = overlaps(uri);
    const position = new vscode.Position(facts.line, 6);
    let text = "";
    await until("the lines of both", async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", uri, position);
      const contents = hovers.flatMap((hover) => hover.contents);
      text = contents.map((content) => (content instanceof vscode.MarkdownString ? content.value : "")).join("\n");
      return text.includes("**feature/pay**") && text.includes("**spike**");
    });
    assert.match(text, /```diff/);
    assert.ok(!text.includes(warning?.message ?? ""), text);
    for (const [name, line] of [
      ["feature/pay", "backoff"],
      ["spike", "while True"],
    ] as const) {
      const [, section = ""] = text.split(`**${name}**`);
      assert.ok(section.split("```")[1]?.includes(line), `${name} stands above its own lines: ${text}`);
    }
  },

  async "a setting that is changed reaches the server"() {
    const uri = uriIn("main");
    const settings = vscode.workspace.getConfiguration("forksight");
    await settings.update("overlaps.enabled", false, vscode.ConfigurationTarget.Workspace);
    await until("no warning", () => overlaps(uri).length === 0);
    await settings.update("overlaps.enabled", undefined, vscode.ConfigurationTarget.Workspace);
    await until("the warning again", () => overlaps(uri).length > 0);
  },

  async "overlaps that are ignored are shown again from the tree"() {
    const uri = uriIn("main");
    const others = ["feature/pay", "spike"];
    for (const label of others) {
      const ignore = vscode.commands.executeCommand("forksight.ignoreOverlaps", { uri: uri.toString(), label });
      await Promise.race([ignore, setTimeout(2000)]); // it offers to undo that
    }
    await until("no warning", () => overlaps(uri).length === 0);
    for (const label of others) {
      await vscode.commands.executeCommand("forksight.ui.stopIgnoring", { label });
    }
    await until("the warnings again", () => overlaps(uri).length > 0);
  },

  async "diff with theirs opens the diff editor on the other worktree's file"() {
    const uri = uriIn("main");
    const editor = await vscode.window.showTextDocument(uri);
    editor.selection = new vscode.Selection(facts.line, 4, facts.line, 4);
    const argument = { uri: uri.toString(), worktree: facts.worktrees.linked, path: facts.file };
    await vscode.commands.executeCommand("forksight.diffTheirs", argument); // as the server's code action does
    await until("the diff editor", () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return (
        input instanceof vscode.TabInputTextDiff &&
        input.original.fsPath === uriIn("linked").fsPath &&
        input.modified.fsPath === uri.fsPath
      );
    });
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  },

  async "a folder that leaves the workspace takes nothing else with it"() {
    const nested =
      vscode.workspace.workspaceFolders?.findIndex(({ uri }) => uri.fsPath === facts.worktrees.nested) ?? -1;
    assert.ok(nested > 0);
    vscode.workspace.updateWorkspaceFolders(nested, 1);
    await until("two folders", () => vscode.workspace.workspaceFolders?.length === 2);
    await until("the warning of the others", () => overlaps(uriIn("main")).length > 0);
  },

  async "restarts that are asked for at once share their work"() {
    const uri = uriIn("main");
    const restart = (): Thenable<unknown> => vscode.commands.executeCommand("forksight.ui.restart");
    await Promise.all([restart(), restart(), restart()]);
    await until("the warning again", () => overlaps(uri).length > 0);
  },
};
