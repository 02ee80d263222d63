/** The two questions that quick picks ask git. Only ever in answer to a person, and never anything that runs a hook. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const FORMAT = ["refname", "refname:lstrip=2", "worktreepath", "HEAD", "symref"]
  .map((field) => `%(${field})`)
  .join("%00");

export interface Ref {
  /** As a person says it: `main`, `origin/main`. */
  readonly name: string;
  readonly remote: boolean;
  /** Whether it is checked out where git was asked. */
  readonly current: boolean;
  /** Where it is checked out. */
  readonly worktree: string | null;
}

export interface Worktree {
  readonly path: string;
  /** null: detached. */
  readonly branch: string | null;
}

/** Branches here and on remotes, the last committed to first. Rejects with git's own words. */
export async function refs(folder: string): Promise<Ref[]> {
  const output = await git(
    folder,
    "for-each-ref",
    "--sort=-committerdate",
    `--format=${FORMAT}`,
    "refs/heads",
    "refs/remotes",
  );
  return parseRefs(output);
}

export function parseRefs(output: string): Ref[] {
  return output
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      const [full = "", name = "", worktree = "", head = "", symref = ""] = line.split("\0");
      const remote = full.startsWith("refs/remotes/");
      return symref ? [] : [{ name, remote, current: head === "*", worktree: worktree || null }]; // origin/HEAD is another's name
    });
}

/** Worktrees that can be opened, the main one first. Rejects with git's own words. */
export async function worktrees(folder: string): Promise<Worktree[]> {
  return parseWorktrees(await git(folder, "worktree", "list", "--porcelain", "-z"));
}

export function parseWorktrees(output: string): Worktree[] {
  return output.split("\0\0").flatMap((block) => {
    const facts = new Map(
      block.split("\0").map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]),
    );
    const path = facts.get("worktree");
    const usable = path !== undefined && !facts.has("bare") && !facts.has("prunable");
    return usable ? [{ path, branch: facts.get("branch")?.replace(/^refs\/heads\//, "") ?? null }] : [];
  });
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_MESSAGES: "C" };
  try {
    return (await run("git", ["-C", folder, ...args], { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(stderr?.trim() ?? `git could not be run: ${String(error)}`, { cause: error });
  }
}
