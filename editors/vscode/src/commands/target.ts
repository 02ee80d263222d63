/** What a command was called on: a node of the tree, or what one of the server's code actions carries. */

import * as vscode from "vscode";
import { at, here, type Place } from "../place";
import type { Node } from "../tree/node";
import { NothingToDo } from "./outcome";

interface Target {
  /** Where it is, for the server: another repository than the active file's may be meant. */
  readonly place?: Place;
  readonly session?: string;
  readonly branch?: string;
  readonly worktree?: string;
  readonly baseline?: string;
}

/** Reads the argument of a command; anything else than expected means no target. */
export function targetOf(argument: unknown): Target {
  if (typeof argument !== "object" || argument === null) {
    return {};
  }
  const { worktree, branch } = argument as Record<string, unknown>;
  if (isNode(argument)) {
    const { session, place } = argument;
    const named = texts({ worktree, branch, session: session?.id, baseline: session?.baseline?.name });
    return place ? { ...named, place } : named;
  }
  const { session, baseline, uri } = argument as Record<string, unknown>;
  const named = texts({ worktree, branch, session, baseline });
  return typeof uri === "string" ? { ...named, place: at(vscode.Uri.parse(uri)) } : named;
}

/** The row that a command of the tree was called on. Throws a sentence where VS Code hands over none: it was being redrawn. */
export function rowIn(argument: unknown): Node {
  if (typeof argument !== "object" || argument === null) {
    throw new NothingToDo("The fork tree has just changed: choose that again.");
  }
  return argument as Node;
}

/** The session that a target names, by its id or its branch. */
export function sessionOf({ session, branch }: Target): string | undefined {
  return session ?? branch;
}

function isNode(argument: object): argument is Node {
  return "kind" in argument && "children" in argument;
}

/** The parts that are texts. */
function texts(parts: Record<string, unknown>): Omit<Target, "place"> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => typeof value === "string"));
}

const NOWHERE = "Open a file or a folder of a git repository first.";

/** Where a target is, else where the person is. Throws a sentence if that is nowhere. */
export function placeOf(target: Target = {}): Place {
  const place = target.place ?? here();
  if (place === undefined) {
    throw new NothingToDo(NOWHERE);
  }
  return place;
}
