/** "Fork Session for This Branch": which branch, from which baseline and start point, under which name. */

import * as vscode from "vscode";
import type { App } from "../app";
import {
  baselineItems,
  branchesOf,
  branchItems,
  currentBaselines,
  startPointItems,
  type Branch,
  type Item,
} from "../ask/choices";
import { branchProblem, freeName, nameProblem } from "../ask/names";
import { BACK, input, pick, SKIP, walk, type Step } from "../ask/steps";
import type { Branches, Outcome, Ref, Session } from "../protocol";
import { isLive, sessionLabel } from "../tree/nodes";
import { askNewBaseline, markBaseline } from "./baseline";
import { tell } from "./outcome";
import { resumeSession } from "./resume";
import { placeHere, targetOf } from "./target";

interface Answers {
  readonly branch?: Branch;
  /** The session to resume instead. */
  readonly resume?: string;
  readonly baseline?: string;
  readonly startPoint?: string;
  readonly title?: string;
}

interface Known {
  readonly refs: readonly Ref[];
  readonly branches: readonly Branch[];
  readonly sessions: readonly Session[];
}

export async function fork(app: App, argument?: unknown): Promise<void> {
  const place = placeHere();
  const known = await whatIsKnown(app);
  const first = currentBaselines(known.sessions)[0]?.baseline?.name;
  const fresh = first === undefined ? await askNewBaseline(app) : undefined;
  const only = first ?? fresh?.name;
  if (only === undefined) {
    return;
  }
  const given = known.branches.find(({ name }) => name === targetOf(argument).branch);
  const answers = await walk<Answers>("Fork Session for This Branch", given ? { branch: given } : {}, [
    askBranch(known),
    askAgain,
    askBaseline(known),
    askStartPoint(known),
    askTitle(known),
  ]);
  if (answers?.resume) {
    await resumeSession(app, answers.resume);
  } else if (answers?.branch) {
    const { branch, baseline = only, startPoint, title } = answers;
    if (fresh) {
      await markBaseline(app, fresh); // not before all is answered: who gives up leaves nothing behind
    }
    const outcome = await app.server.execute<Outcome>("fork", {
      ...place,
      branch: branch.name,
      baseline,
      title,
      again: branch.session !== null,
      ...(startPoint ? { startPoint } : {}),
    });
    tell(`Forked ${baseline} for ${branch.name}`, outcome);
  }
}

async function whatIsKnown(app: App): Promise<Known> {
  const place = placeHere();
  const [{ branches }, { sessions }] = await Promise.all([
    app.server.request<Branches>("forksight/branches", place),
    app.tree.sessions(place),
  ]);
  return { refs: branches, branches: branchesOf(branches, sessions), sessions };
}

function askBranch({ branches }: Known): Step<Answers> {
  return async (answers, nav) => {
    if (answers.branch) {
      return SKIP;
    }
    const branch = await pick<Branch>(nav, {
      placeholder: "Which branch is the fork for? Type a name to create one",
      choices: branchItems(branches),
      typed: (text) => (branches.some(({ name }) => name === text) ? undefined : newBranch(text)),
    });
    return branch && branch !== BACK ? { ...answers, branch } : branch;
  };
}

/** What is offered for a name that no branch has: to create it, or why that can't be. */
function newBranch(name: string): Partial<Item<Branch>> & { label: string } {
  const problem = branchProblem(name);
  return problem === undefined
    ? {
        label: `$(add) Create branch ${name}`,
        value: { name, current: false, worktree: null, session: null, isNew: true },
      }
    : { label: `$(error) ${name}`, description: problem };
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

function askBaseline({ sessions }: Known): Step<Answers> {
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

function askStartPoint({ refs }: Known): Step<Answers> {
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

function askTitle({ sessions }: Known): Step<Answers> {
  const taken = new Set(sessions.flatMap(({ title }) => (title === null ? [] : [title])));
  return async (answers, nav) => {
    if (answers.resume) {
      return SKIP;
    }
    const title = await input(nav, {
      prompt: "The session's name: its terminal, the fork tree and Claude Code show it",
      value: freeName(answers.branch?.name ?? "fork", taken),
      problem: (text) => nameProblem(text, taken, "session"),
    });
    return typeof title === "string" ? { ...answers, title } : title;
  };
}
