/** What the fork tree consists of. */

import type { Place } from "../place";
import type { Colleague, ConflictPlace, ForkTree, Session, Worktrees } from "../protocol";

export interface Node {
  /** Where its repository is, for the server. */
  readonly place?: Place;
  /** Stays the same while the tree changes, so that the selection does too. */
  readonly id: string;
  readonly kind: "repository" | "baseline" | "session" | "worktree" | "colleague" | "ignored" | "group";
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Flags between semicolons, for `viewItem =~ /;live;/`. */
  readonly context: string;
  readonly children: readonly Node[];
  readonly session?: Session;
  /** Where it is, as far as it is anywhere. */
  readonly worktree?: string | null;
  readonly branch?: string | null;
  /** In its worktree: how many places there are where merging would stop. */
  readonly conflicts: number;
  /** "2 conflicts with feature/pay in shop/checkout.py"; "" where there are none. */
  readonly conflictsText?: string;
  /** The first of them. */
  readonly places?: readonly ConflictPlace[];
  readonly colleague?: Colleague;
  /** Of a colleague: the first of the files, those that conflict before the others. */
  readonly files?: readonly ColleagueFile[];
  /** More than there is room for beside the label. */
  readonly tooltip?: string;
  /** How far the work in its worktree has come, in words. */
  readonly standing?: string;
  readonly open: boolean;
}

/** A file of a colleague's worktree, and the worktree here whose file it is held against. */
export interface ColleagueFile {
  readonly worktree: string;
  /** In that worktree. */
  readonly path: string;
  /** What that worktree is called, if merging would stop at the file. */
  readonly conflictsWith?: string;
}

/** One repository, as far as it is known. */
export interface Shown {
  /** Where it was asked about. */
  readonly place?: Place;
  readonly tree: ForkTree;
  readonly around: Worktrees;
  /** The folders of this window. */
  readonly folders?: readonly string[];
}

export interface Icon {
  readonly name: string;
  readonly color?: string;
}
