/** The JSON that the server sends: the shapes of `forksight/*` and of the commands' results. */

export type SessionState = "live-busy" | "live-waiting" | "live-idle" | "idle" | "pending" | "archived" | "orphaned";

export interface Session {
  readonly id: string;
  readonly title: string | null;
  readonly parent: string | null;
  readonly evidence: "ledger" | "forkedFrom" | "rows" | "none";
  readonly baseline: { readonly name: string; readonly generation: number; readonly current: boolean } | null;
  readonly worktree: string | null;
  readonly branch: string | null;
  readonly state: SessionState;
  /** The state in words: "working", "waits for a permission", "your turn". */
  readonly stateText: string;
  /** Whether it began as a copy of another one, which may be gone. A baseline can be a fork, too. */
  readonly isFork: boolean;
  readonly started: string | null;
  readonly last_active: string | null;
  /** When its findings were last taken. */
  readonly findings_taken?: string | null;
  /** The last sentence of its own last answer. */
  readonly last_sentence: string | null;
  readonly rows: { readonly own: number; readonly inherited: number };
  /** Tokens in at most four characters: "34k"; `total` are own and inherited ones together. */
  readonly tokensText: { readonly own: string; readonly inherited: string; readonly total: string };
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly path?: string | null;
}

export interface ForkTree {
  readonly version: number;
  readonly repository: string;
  readonly sessions: readonly Session[];
  /** How sharing with colleagues goes, in one sentence; null where it is off. */
  readonly sharing?: string | null;
  readonly colleagues?: readonly Colleague[];
  readonly problems: readonly Problem[];
}

/** What a person may choose from (`forksight/branches`): the branches last committed to and the main worktree come first. */
export interface Branches {
  readonly branches: readonly Ref[];
  readonly worktrees: readonly Worktree[];
}

export interface Ref {
  /** As a person says it: `main`, `origin/main`. */
  readonly name: string;
  readonly remote: boolean;
  /** Whether it is checked out where the person is. */
  readonly current: boolean;
  /** Where it is checked out. */
  readonly worktree: string | null;
}

export interface Worktree {
  readonly path: string;
  /** null: detached. */
  readonly branch: string | null;
}

/** A worktree on another machine. */
export interface Colleague {
  /** The ref that it came by, and its own name. */
  readonly worktree: string;
  /** Whose it is, and on which machine. */
  readonly label: string;
  readonly branch: string | null;
  readonly user: string;
  /** The first of its files, by name. */
  readonly paths: readonly string[];
  /** The local worktree (label and path) with which it conflicts, and the file. */
  readonly conflicts: readonly { readonly with: string; readonly worktree: string; readonly path: string }[];
  /** Its branch, files, age and conflicts, in words. */
  readonly text: string;
}

/** A region at which merging another worktree would stop. */
export interface ConflictPlace {
  /** In the worktree. */
  readonly path: string;
  /** 0-based. */
  readonly line: number;
  /** What the other sides are called: branches, else folders. */
  readonly others: readonly string[];
}

/** The worktrees of a repository (`forksight/worktrees`). */
export interface Worktrees {
  readonly repository: string;
  readonly worktrees: readonly {
    readonly path: string;
    readonly branch: string | null;
    /** "3 uncommitted"; "" where all is committed; "not read" where that could not be told. */
    readonly uncommittedText: string;
    /** "2 ahead of main, 1 behind"; "" where there is no difference, or nothing to differ from. */
    readonly distanceText: string;
    /** How many places there are where merging would stop. */
    readonly conflicts: number;
    /** "2 conflicts with feature/pay in shop/checkout.py"; "" where there are none. */
    readonly conflictsText: string;
    /** The first of them. */
    readonly places: readonly ConflictPlace[];
  }[];
  /** The labels whose overlaps are ignored. */
  readonly ignored: readonly string[];
  /** The hidden columns (`forksight.tree.hide`). */
  readonly hide: readonly string[];
}

export type Level = "ok" | "warning" | "error";

export interface Status {
  readonly worktree: string;
  readonly branch: string | null;
  readonly fork: {
    readonly id: string;
    readonly title: string | null;
    readonly parent: string | null;
    readonly state: SessionState;
    readonly stateText: string;
  } | null;
  readonly baseline: {
    readonly name: string;
    readonly generation: number;
    readonly stale: boolean;
    readonly reasons: readonly string[];
  } | null;
  readonly overlaps: {
    readonly conflicts: number;
    readonly files: number;
    readonly breaks: number;
    readonly text: string;
  };
  readonly forks: { readonly active: number; readonly abandoned: number };
  /** Of the whole repository: the ids of those that wait for a person, and how many work on a turn. */
  readonly sessions: { readonly waiting: readonly string[]; readonly working: number };
  /** How sharing with colleagues goes, in one sentence; null while it is off. */
  readonly sharing?: string | null;
  readonly text: string;
  readonly tooltip: string;
  readonly level: Level;
}

/** The notice about a session that waits for a person, or has ended its turn (`forksight/sessionNotice`). */
export interface SessionNotice {
  readonly event: "waiting" | "finished";
  readonly session: string;
  readonly worktree: string | null;
  /** One sentence. */
  readonly message: string;
}

export interface OpenTerminal {
  readonly title: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** Added to the terminal's environment; null unsets. */
  readonly env: Readonly<Record<string, string | null>>;
}

/** The server's commands, by what this extension calls them; a context key of the same name says whether there is one. */
export const SERVER_COMMANDS = {
  fork: "forksight.forkSession",
  refreshBaseline: "forksight.refreshBaseline",
  showForkTree: "forksight.showForkTree",
  resume: "forksight.resumeSession",
  setBaseline: "forksight.setBaseline",
  rollbackBaseline: "forksight.rollbackBaseline",
  publishBaseline: "forksight.publishBaseline",
  fetchBaseline: "forksight.fetchBaseline",
  clean: "forksight.cleanForks",
  restore: "forksight.restoreFork",
  compare: "forksight.compareForks",
  land: "forksight.landForks",
  showFork: "forksight.showFork",
  findings: "forksight.takeFindings",
  showOverlaps: "forksight.showOverlaps",
  showSavings: "forksight.showSavings",
  share: "forksight.share",
  diffTheirs: "forksight.diffTheirs",
  openTheirs: "forksight.openTheirs",
  ignoreOverlaps: "forksight.ignoreOverlaps",
  stopIgnoring: "forksight.stopIgnoring",
} as const;

export type Ability = keyof typeof SERVER_COMMANDS;
export const ABILITIES = Object.keys(SERVER_COMMANDS) as Ability[];

/** The result of a command that starts a session, as far as this extension reads it. */
export interface Outcome {
  readonly opened: boolean;
}

/** A question before something is done, with the titles of its answers. */
export interface Question {
  readonly message: string;
  readonly detail: string;
  readonly yes: string;
  readonly no: string;
}

/** A plan to clean up, or what became of it, as far as this extension reads it. */
export interface CleanPlan {
  readonly forks: readonly CleanEntry[];
  /** One sentence on the plan, or on what became of it. */
  readonly summary: string;
  readonly problems: readonly Problem[];
}

/** A fork that is proposed to be cleaned up. */
export interface CleanEntry {
  readonly session: string;
  readonly title: string;
  readonly goes: { readonly worktree: string | null };
  readonly at_risk: boolean;
  readonly outcome: "proposed" | "cleaned" | "held" | "failed";
  readonly words: {
    /** Why it is proposed, to be read after its title. */
    readonly why: string;
    /** What it stands under in a checklist. */
    readonly heading: string;
    /** What stands below its title: what goes, what would be lost, or why it can't go. */
    readonly detail: string;
    /** That it can't go and why, a sentence; null: nothing holds it. */
    readonly refusal: string | null;
    /** The question before it is cleaned up. */
    readonly question: Question;
  };
}

/** A plan to land forks, or what became of it, as far as this extension reads it. */
export interface LandPlan {
  readonly method: string;
  /** In the order in which they land. */
  readonly forks: readonly LandEntry[];
  readonly landed: readonly Landing[];
  readonly summary: string;
  /** What to ask before anything lands; null: nothing can. */
  readonly words: { readonly question: Question | null };
  readonly problems: readonly Problem[];
}

/** A fork that may land. */
export interface LandEntry {
  readonly branch: string;
  readonly worktree: string | null;
  readonly outcome: "proposed" | "landed" | "stops" | "waits" | "held" | "failed";
  /** What prevents it from landing, each with the shell line that resolves it. */
  readonly held: readonly { readonly code: string; readonly message: string; readonly command: string | null }[];
  readonly words: {
    /** What it stands under in a checklist. */
    readonly heading: string;
    readonly outcome: string;
    /** Where it would stop, what would break, what has to be done first: a line each. */
    readonly details: readonly string[];
    /** That it can't land and why, a sentence; null: it can, or has. */
    readonly refusal: string | null;
  };
}

/** A run that landed forks, by its id. */
export interface Landing {
  readonly run: string;
}

/** The result of undoing a run, as far as this extension reads it. */
export interface TakenBack {
  readonly summary: string;
}

/** The result of comparing forks, as far as this extension reads it. */
export interface Comparison {
  readonly forks: readonly {
    readonly branch: string | null;
    readonly worktree: string | null;
    readonly files: readonly { readonly path: string }[];
  }[];
}
