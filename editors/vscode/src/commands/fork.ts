/** "Fork Session for This Branch": which branch, from which baseline and start point, under which name. */

import type { App } from "../app";
import { baselineItems, branchItems, currentBaselines } from "../ask/choices";
import { branchProblem, freeName, nameProblem } from "../ask/names";
import { BACK, input, pick, SKIP, walk, type Answer, type Navigation, type Step } from "../ask/steps";
import type { Branch, Choices, Outcome, Session } from "../protocol";
import { isLive, sessionLabel } from "../tree/nodes";
import { setBaseline } from "./baseline";
import { tell } from "./outcome";
import { resumeSession } from "./resume";
import { placeHere, targetOf } from "./target";

interface Answers {
  readonly branch?: Branch;
  readonly isNew?: boolean;
  readonly resume?: string;
  readonly baseline?: string;
  readonly startPoint?: string;
  readonly title?: string;
}

interface Known {
  readonly choices: Choices;
  readonly sessions: readonly Session[];
}

export async function fork(app: App, argument?: unknown): Promise<void> {
  const place = placeHere();
  const [choices, tree] = await Promise.all([
    app.server.request<Choices>("forksight/choices", place),
    app.tree.sessions(place),
  ]);
  const baseline = currentBaselines(tree.sessions)[0]?.baseline?.name ?? (await setBaseline(app));
  if (baseline === undefined) {
    return;
  }
  const known = { choices, sessions: tree.sessions };
  const { branch } = targetOf(argument);
  const given = choices.branches.find(({ name }) => name === branch);
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
    const { name } = answers.branch;
    const outcome = await app.server.execute<Outcome>("fork", {
      ...place,
      branch: name,
      baseline: answers.baseline ?? baseline,
      title: answers.title,
      again: answers.branch.session !== null,
      ...(answers.startPoint ? { startPoint: answers.startPoint } : {}),
    });
    tell(`Forked ${answers.baseline ?? baseline} for ${name}`, outcome);
  }
}

function askBranch({ choices }: Known): Step<Answers> {
  const names = new Set(choices.branches.map(({ name }) => name));
  return async (answers, nav) => {
    if (answers.branch) {
      return SKIP;
    }
    const branch = await pick<Branch>(nav, {
      placeholder: "Which branch is the fork for? Type a name to create one",
      choices: branchItems(choices.branches),
      typed: (text) => {
        if (text === "" || names.has(text)) {
          return undefined;
        }
        const problem = branchProblem(text);
        return problem === undefined
          ? {
              label: `$(add) Create branch ${text}`,
              value: { name: text, current: false, worktree: null, session: null },
            }
          : { label: `$(error) ${text}`, description: problem };
      },
    });
    return branch && branch !== BACK ? { ...answers, branch, isNew: !names.has(branch.name) } : branch;
  };
}

/** A branch that has a fork: resuming it comes first. */
async function askAgain(answers: Answers, nav: Navigation): Promise<Answer<Answers>> {
  const session = answers.branch?.session;
  if (!session || answers.resume) {
    return session ? answers : SKIP;
  }
  const title = sessionLabel(session);
  const choice = await pick<"resume" | "again">(nav, {
    placeholder: `${answers.branch.name} already has a fork`,
    choices: [
      {
        label: isLive(session.state) ? `$(terminal) Show ${title}` : `$(play) Resume ${title}`,
        description: isLive(session.state) ? "it is running" : "goes on where it stopped",
        value: "resume",
      },
      { label: "$(repo-forked) Fork again", description: "a second session on the same branch", value: "again" },
    ],
  });
  if (choice === "resume") {
    return { ...answers, resume: session.id };
  }
  return choice === "again" ? answers : choice;
}

function askBaseline({ sessions }: Known): Step<Answers> {
  return async (answers, nav) => {
    const baselines = baselineItems(sessions, Date.now());
    if (answers.resume || baselines.length < 2) {
      return SKIP;
    }
    const session = await pick<Session>(nav, { placeholder: "Fork from which baseline?", choices: baselines });
    return session && session !== BACK ? { ...answers, ...named(session) } : session;
  };
}

function named({ baseline }: Session): { baseline?: string } {
  return baseline ? { baseline: baseline.name } : {};
}

function askStartPoint({ choices }: Known): Step<Answers> {
  return async (answers, nav) => {
    if (answers.resume || !answers.isNew || choices.startPoints.length < 2) {
      return SKIP;
    }
    const startPoint = await pick<string>(nav, {
      placeholder: `What does ${answers.branch?.name ?? "the new branch"} start from?`,
      choices: choices.startPoints.map((point) => ({ label: `$(git-commit) ${point}`, value: point })),
      typed: (text) =>
        text ? { label: `$(git-commit) ${text}`, description: "this commit or ref", value: text } : undefined,
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
