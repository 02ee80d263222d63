/** "Fork Session for This Branch": which branch, from which baseline and start point, under which name. */

import * as vscode from "vscode";
import type { App } from "../app";
import {
  baselineItems,
  branchesOf,
  branchItems,
  currentBaselines,
  SHARED,
  startPointItems,
  type Branch,
  type Item,
} from "../ask/choices";
import { branchName, branchProblem, freeName, nameProblem } from "../ask/names";
import { BACK, input, pick, SKIP, walk, type Navigation, type Step } from "../ask/steps";
import type { Place } from "../place";
import type { Branches, Outcome, Ref, Session } from "../protocol";
import { isLive, sessionLabel } from "../session";
import { askNewBaseline, markBaseline } from "./baseline";
import { tell } from "./outcome";
import { resumeSession } from "./resume";
import { placeOf, targetOf } from "./target";

interface Answers {
  readonly branch?: Branch;
  /** The session to resume instead. */
  readonly resume?: string;
  readonly baseline?: string;
  readonly startPoint?: string;
  readonly title?: string;
  /** What the session is asked at once; empty: nothing. */
  readonly task?: string;
}

interface Choices {
  readonly refs: readonly Ref[];
  readonly branches: readonly Branch[];
  readonly sessions: readonly Session[];
}

export async function fork(app: App, argument?: unknown): Promise<void> {
  const target = targetOf(argument);
  const place = placeOf(target);
  const choices = await readChoices(app, place);
  const first = currentBaselines(choices.sessions)[0]?.baseline?.name;
  const fresh = first === undefined ? await askNewBaseline(app, place) : undefined;
  const only = first ?? fresh?.name;
  if (only === undefined) {
    return;
  }
  const given = choices.branches.find(({ name }) => name === target.branch);
  const answers = await walk<Answers>("Fork Session for This Branch", given ? { branch: given } : {}, [
    askBranch(choices),
    askAgain,
    askBaseline(choices),
    askStartPoint(choices),
    askTitle(choices),
    askTask,
  ]);
  if (answers?.resume) {
    await resumeSession(app, place, answers.resume);
  } else if (answers?.branch) {
    const { branch, baseline = only, startPoint, title, task } = answers;
    if (fresh) {
      await markBaseline(app, place, fresh); // not before all is answered: who gives up leaves nothing behind
    }
    const outcome = await app.server.execute<Outcome>("fork", {
      ...place,
      branch: branch.name,
      baseline,
      title,
      again: branch.session !== null,
      ...(startPoint ? { startPoint } : {}),
      ...(task ? { prompt: task } : {}),
    });
    tell(`Forked ${baseline} for ${branch.name}`, outcome);
  }
}

async function readChoices(app: App, place: Place): Promise<Choices> {
  const [{ branches }, { sessions }] = await Promise.all([
    app.server.request<Branches>("forksight/branches", place),
    app.tree.sessions(place),
  ]);
  return { refs: branches, branches: branchesOf(branches, sessions), sessions };
}

function askBranch({ branches }: Choices): Step<Answers> {
  const names = new Set(branches.map(({ name }) => name));
  return async (answers, nav) => {
    if (answers.branch) {
      return SKIP;
    }
    const branch = await pick<Branch | "new">(nav, {
      placeholder: "Which branch is the fork for? Type a name to create one",
      choices: [
        {
          label: "$(add) Create new branch…",
          description: "in a worktree of its own",
          value: "new",
        },
        ...branchItems(branches),
      ],
      typed: (text) => (names.has(branchName(text)) ? undefined : newBranchItem(text)),
    });
    const chosen = branch === "new" ? await askNewBranch(nav, names) : branch;
    return chosen && chosen !== BACK ? { ...answers, branch: chosen } : chosen;
  };
}

async function askNewBranch(nav: Navigation, names: ReadonlySet<string>): Promise<Branch | typeof BACK | undefined> {
  const text = await input(nav, {
    prompt: "What the new branch is called: feature/pay, fix/rounding",
    value: "",
    problem: (typed) =>
      names.has(branchName(typed)) ? "There is a branch of that name already." : branchProblem(branchName(typed)),
  });
  return text === undefined || text === BACK ? text : newBranch(branchName(text));
}

/** What is offered for a name that no branch has: to create it, or why that can't be. */
function newBranchItem(text: string): Partial<Item<Branch>> & { label: string } {
  const name = branchName(text);
  const problem = branchProblem(name);
  return problem === undefined
    ? { label: `$(add) Create branch ${name}`, description: "in a worktree of its own", value: newBranch(name) }
    : { label: `$(error) ${name}`, description: problem };
}

function newBranch(name: string): Branch {
  return { name, current: false, worktree: null, session: null, isNew: true };
}

/** A branch that has a fork: resuming it comes first. */
const askAgain: Step<Answers> = async (answers, nav) => {
  const session = answers.branch?.session;
  if (!session) {
    return SKIP;
  }
  const title = sessionLabel(session);
  const resume = isLive(session.state)
    ? { label: `$(terminal) Show ${title}`, description: "it is running" }
    : { label: `$(play) Resume ${title}`, description: "goes on where it stopped" };
  const choice = await pick<"resume" | "again">(nav, {
    placeholder: `${answers.branch.name} already has a fork`,
    choices: [
      { ...resume, value: "resume" },
      { label: "$(repo-forked) Fork again", description: "a second session on the same branch", value: "again" },
    ],
  });
  return choice === "resume" ? { ...answers, resume: session.id } : choice === "again" ? answers : choice;
};

function askBaseline({ sessions }: Choices): Step<Answers> {
  return async (answers, nav) => {
    const choices = baselineItems(sessions, Date.now());
    if (answers.resume || choices.length < 2) {
      return SKIP;
    }
    const session = await pick<Session>(nav, { placeholder: "Fork from which baseline?", choices });
    if (session === undefined || session === BACK) {
      return session;
    }
    return session.baseline ? { ...answers, baseline: session.baseline.name } : answers;
  };
}

function askStartPoint({ refs }: Choices): Step<Answers> {
  return async (answers, nav) => {
    if (answers.resume || !answers.branch?.isNew) {
      return SKIP;
    }
    const preferred = vscode.workspace.getConfiguration("forksight").get("worktree.startPoint", "");
    const startPoint = await pick<string>(nav, {
      placeholder: `What does ${answers.branch.name} start from?`,
      choices: startPointItems(refs, preferred),
      typed: (text) => ({ label: `$(git-commit) ${text}`, description: "this commit or ref", value: text }),
    });
    return typeof startPoint === "string" ? { ...answers, startPoint } : startPoint;
  };
}

function askTitle({ sessions }: Choices): Step<Answers> {
  const taken = new Set(sessions.flatMap(({ title }) => (title === null ? [] : [title])));
  return async (answers, nav) => {
    if (answers.resume) {
      return SKIP;
    }
    const title = await input(nav, {
      prompt: sessionPrompt(answers.branch),
      value: freeName(answers.branch?.name ?? "fork", taken),
      problem: (text) => nameProblem(text, taken, "session"),
    });
    return typeof title === "string" ? { ...answers, title } : title;
  };
}

/** The last question, and one that may be left empty. */
const askTask: Step<Answers> = async (answers, nav) => {
  if (answers.resume) {
    return SKIP;
  }
  const task = await input(nav, {
    prompt: "What is it to do? Enter alone leaves that to its terminal",
    value: answers.task ?? "",
    problem: () => undefined,
  });
  return typeof task === "string" ? { ...answers, task } : task;
};

/** Names the branch, and says where the fork works if that is the worktree that the person works in. */
function sessionPrompt(branch: Branch | undefined): string {
  const what = `The name of the session on ${branch?.name ?? "this branch"}`;
  return branch?.current
    ? `${what}, which edits the files you have open: ${SHARED}`
    : `${what}: its terminal, the fork tree and Claude Code show it`;
}
