/** Questions asked one after the other, with a way back. */

import * as vscode from "vscode";

/** The person wants the question before. */
export const BACK = Symbol("back");
/** This question need not be asked; the next one, or on the way back the one before, is. */
export const SKIP = Symbol("skip");

/** What a step returns: the answers with its own added, or one of the above, or undefined if the person gave up. */
type Answer<S> = S | typeof BACK | typeof SKIP | undefined;
export type Step<S> = (answers: S, nav: Navigation) => Promise<Answer<S>>;

export interface Navigation {
  readonly title: string;
  readonly canGoBack: boolean;
}

/** Walks through the steps. Undefined: the person gave up. */
export async function walk<S>(title: string, start: S, steps: readonly Step<S>[]): Promise<S | undefined> {
  const asked: { readonly index: number; readonly answers: S }[] = [];
  let answers = start;
  for (let index = 0; index < steps.length;) {
    const step = steps[index];
    const answer = await step?.(answers, { title, canGoBack: asked.length > 0 });
    if (answer === undefined) {
      return undefined;
    }
    if (answer === BACK) {
      const before = asked.pop();
      index = before?.index ?? 0;
      answers = before?.answers ?? start;
    } else {
      if (answer !== SKIP) {
        asked.push({ index, answers });
        answers = answer;
      }
      index++;
    }
  }
  return answers;
}

interface Choice<T> extends vscode.QuickPickItem {
  readonly value?: T; // separators have none
}

interface PickOptions<T> {
  readonly placeholder: string;
  readonly choices: readonly Choice<T>[];
  /** What is offered for text that was typed, on top of the choices that match it. */
  readonly typed?: (text: string) => Choice<T> | undefined;
}

/** Asks for one of several. */
export async function pick<T>(nav: Navigation, options: PickOptions<T>): Promise<T | typeof BACK | undefined> {
  const input = vscode.window.createQuickPick<Choice<T>>();
  input.title = nav.title;
  input.placeholder = options.placeholder;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.ignoreFocusOut = true;
  input.items = options.choices;
  input.onDidChangeValue((text) => {
    const extra = text.trim() ? options.typed?.(text.trim()) : undefined;
    input.items = extra ? [{ ...extra, alwaysShow: true }, ...options.choices] : options.choices;
  });
  return await shownWithBack(input, nav, () => input.selectedItems[0]?.value);
}

interface SeveralOptions<T> {
  readonly placeholder: string;
  /** What can be ticked, and between it separators and rows that can't. */
  readonly rows: readonly T[];
  /** Whether a row may be ticked. */
  readonly may: (row: T) => boolean;
  /** How many it takes at least. */
  readonly least: number;
  /** A button of the title bar that ticks several at once. */
  readonly shortcut?: vscode.QuickInputButton & { readonly ticks: (row: T) => boolean };
}

/** Asks for several, as a checklist on which nothing but what is `picked` is ticked. Undefined: the person gave up. */
export async function pickSeveral<T extends vscode.QuickPickItem>(
  title: string,
  { placeholder, rows, may, least, shortcut }: SeveralOptions<T>,
): Promise<readonly T[] | undefined> {
  const input = vscode.window.createQuickPick<T>();
  input.title = title;
  input.placeholder = placeholder;
  input.canSelectMany = true;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.ignoreFocusOut = true;
  input.items = rows;
  input.selectedItems = rows.filter(({ picked }) => picked);
  input.buttons = shortcut ? [shortcut] : [];
  input.onDidTriggerButton(() => {
    input.selectedItems = rows.filter((row) => shortcut?.ticks(row));
  });
  input.onDidChangeSelection((ticked) => {
    if (!ticked.every(may)) {
      input.selectedItems = ticked.filter(may);
    }
  });
  return await shown(input, () => {
    const ticked = input.selectedItems.filter(may);
    if (ticked.length < least) {
      input.title = `${title}: tick at least ${least}`;
      return undefined;
    }
    return ticked;
  });
}

interface InputOptions {
  readonly prompt: string;
  readonly value: string;
  /** What is wrong with the text, undefined if nothing is. */
  readonly problem: (text: string) => string | undefined;
}

/** Asks for a line of text; it is accepted only when nothing is wrong with it. */
export async function input(nav: Navigation, options: InputOptions): Promise<string | typeof BACK | undefined> {
  const box = vscode.window.createInputBox();
  box.title = nav.title;
  box.prompt = options.prompt;
  box.value = options.value;
  box.valueSelection = [0, options.value.length];
  box.ignoreFocusOut = true;
  const check = (): string | undefined => {
    const problem = options.problem(box.value.trim());
    box.validationMessage = problem;
    return problem;
  };
  box.onDidChangeValue(check);
  return await shownWithBack(box, nav, () => (check() === undefined ? box.value.trim() : undefined));
}

type Input = Pick<
  vscode.QuickPick<vscode.QuickPickItem>,
  "buttons" | "onDidAccept" | "onDidHide" | "onDidTriggerButton" | "show" | "dispose"
>;

/** Shows an input with a way back until it has an answer, the person goes back, or it is closed. */
async function shownWithBack<T>(
  input: Input,
  { canGoBack }: Navigation,
  answer: () => T | undefined,
): Promise<T | typeof BACK | undefined> {
  input.buttons = canGoBack ? [vscode.QuickInputButtons.Back] : [];
  const back = new Promise<typeof BACK>((resolve) => {
    input.onDidTriggerButton(() => {
      resolve(BACK);
    });
  });
  return await Promise.race([shown(input, answer), back]).finally(() => {
    input.dispose();
  });
}

/** Shows an input until it has an answer or is closed. */
async function shown<T>(input: Input, answer: () => T | undefined): Promise<T | undefined> {
  const answered = new Promise<T | undefined>((resolve) => {
    input.onDidAccept(() => {
      const value = answer();
      if (value !== undefined) {
        resolve(value);
      }
    });
    input.onDidHide(() => {
      resolve(undefined);
    });
  });
  input.show();
  return await answered.finally(() => {
    input.dispose();
  });
}
