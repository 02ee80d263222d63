/** A plan to clean up in words: rows of a checklist, what a modal says, what became of it. Pure. */

import type { CleanPlan, Doomed } from "../protocol";
import { plural } from "../words";

export interface CleanRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  /** A heading has none. */
  readonly fork?: Doomed;
}

/** Rows under headings: what is safe to go, what would be lost, what can't go. */
export function cleanRows(forks: readonly Doomed[]): CleanRow[] {
  const free = forks.filter((fork) => !isHeld(fork));
  return [
    ...section(
      "nothing would be lost",
      free.filter(({ at_risk }) => !at_risk),
      (fork) => ["pass", `goes: ${goes(fork)}`],
    ),
    ...section(
      "at risk: asked about one by one",
      free.filter(({ at_risk }) => at_risk),
      (fork) => ["warning", losses(fork)],
    ),
    ...section("can't go now", forks.filter(isHeld), (fork) => ["lock", shortHolds(fork)]),
  ];
}

function section(
  heading: string,
  forks: readonly Doomed[],
  words: (fork: Doomed) => readonly [icon: string, detail: string],
): CleanRow[] {
  const rows = forks.map((fork) => {
    const [icon, detail] = words(fork);
    return { label: `$(${icon}) ${fork.title}`, description: why(fork), detail, fork };
  });
  return rows.length > 0 ? [{ label: heading }, ...rows] : [];
}

export function isHeld({ held }: Doomed): boolean {
  return held.length > 0;
}

/** What keeps a fork from going, in a phrase. */
export function holds({ held }: Doomed): string {
  return held.map(({ message }) => message).join("; ");
}

/** The same with the worktree's folder in place of its path: a row is short, and git takes the folder too. */
function shortHolds(fork: Doomed): string {
  const { worktree } = fork.goes;
  return worktree === null ? holds(fork) : holds(fork).replaceAll(worktree, worktree.split("/").at(-1) ?? worktree);
}

/** What a modal says before a fork goes: all that would be lost by name, nothing left out but by number. */
export function confirmation(fork: Doomed): { message: string; detail: string; button: string } {
  const lost = lostNames(fork);
  const parts = [
    ...lost.map(({ what, names }) => [`${sentence(what)}:`, ...listed(names)].join("\n")),
    ...(lost.length === 0 && fork.at_risk ? [sentence(`${FRESH}.`)] : []),
    `What goes: ${goes(fork)}.`,
    ...fork.stays.map((text) => `What stays: ${text}.`),
    "The archive keeps all of it: “Restore Fork…” brings it back.",
  ];
  const message = lost.length > 0 ? `Clean up “${fork.title}”? Its work is nowhere else.` : `Clean up “${fork.title}”?`;
  return { message, detail: parts.join("\n\n"), button: lost.length > 0 ? "Clean Up All the Same" : "Clean Up" };
}

const FRESH = "it was made a moment ago and may be about to start";
const MOST_NAMES = 8; // of each kind in a modal, which does not scroll well

function listed(names: readonly string[]): string[] {
  const rest = names.length - MOST_NAMES;
  const shown = names.slice(0, rest > 1 ? MOST_NAMES : names.length).map((name) => `  • ${name}`);
  return rest > 1 ? [...shown, `  and ${rest} more`] : shown;
}

interface Names {
  readonly what: string;
  readonly names: readonly string[];
}

function lostNames({ lost }: Doomed): Names[] {
  const { uncommitted, untracked, ignored, stashes, commits } = lost;
  return [
    { what: `${plural(commits.count, "commit")} in no other branch`, names: commits.subjects },
    { what: plural(uncommitted.length, "uncommitted file"), names: uncommitted },
    { what: plural(untracked.length, "untracked file"), names: untracked },
    { what: `${plural(ignored.length, "ignored file")} found nowhere else`, names: ignored },
    {
      what: `${stashes.length} stash ${stashes.length === 1 ? "entry" : "entries"}`,
      names: stashes.map(({ subject }) => subject),
    },
  ].filter(({ names }) => names.length > 0);
}

function losses(fork: Doomed): string {
  return (
    lostNames(fork)
      .map(({ what }) => what)
      .join(", ") || FRESH
  );
}

/** Why a fork is proposed, to be read after its title. */
function why({ title, reasons }: Doomed): string {
  return reasons
    .map(({ message }) => (message.startsWith(`${title} `) ? message.slice(title.length + 1) : message))
    .join("; ");
}

function goes({ goes: { worktree, branch, transcript } }: Doomed): string {
  const parts = [
    worktree === null ? "" : "worktree",
    branch === null ? "" : `branch ${branch}`,
    transcript === null ? "" : "transcript",
  ].filter(Boolean);
  return parts.join(", ") || "only our record of it";
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What became of the forks that were to go: in a sentence, and those that went. `before` is the plan that was shown. */
export function outcomeOf(before: CleanPlan, after: CleanPlan): { message: string; cleaned: readonly Doomed[] } {
  const cleaned = after.forks.filter(({ outcome }) => outcome === "cleaned");
  const known = new Set(before.problems.map(({ message }) => message));
  const news = after.problems.map(({ message }) => message).filter((message) => !known.has(message));
  const done = cleaned.length > 0 ? [`cleaned up ${names(cleaned)}.`] : [];
  return { message: [...done, ...news].join(" "), cleaned };
}

function names(forks: readonly Doomed[]): string {
  return forks.length > 2 ? plural(forks.length, "fork") : forks.map(({ title }) => `“${title}”`).join(" and ");
}
