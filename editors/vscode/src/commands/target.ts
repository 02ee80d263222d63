/** What a command was called on: a node of the tree, or what one of the server's code actions carries. */

import { here, type Place } from "../place";
import type { Node } from "../tree/nodes";

export interface Target {
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
    const { session } = argument;
    return defined({ worktree, branch, session: session?.id, baseline: session?.baseline?.name });
  }
  const { session, baseline } = argument as Record<string, unknown>;
  return defined({ worktree, branch, session, baseline });
}

function isNode(argument: object): argument is Node {
  return "kind" in argument && "children" in argument;
}

/** The parts that are texts. */
function defined(parts: Record<string, unknown>): Target {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => typeof value === "string"));
}

const NOWHERE = "Open a file or a folder of a git repository first.";

/** Where the person is, for the server. Throws a sentence if that is nowhere. */
export function placeHere(): Place {
  const place = here();
  if (place === undefined) {
    throw new Error(NOWHERE);
  }
  return place;
}
