// VS Code's quick input: the palette and the questions of commands. A command runs once the extension host has heard of it, which on
// a busy machine comes after the next key: so nothing is taken from a list that was not seen to be the one that is meant.
import assert from "node:assert/strict";
import { Person, SECONDS } from "./person.mjs";

/** How each key's quick input is told from whatever was open before. */
const OPENED = {
  F1: ({ value }) => value.startsWith(">"),
  "Control+g": ({ value }) => value.startsWith(":"),
  "Control+p": ({ placeholder }) => placeholder.startsWith("Search files"),
};

export class QuickInput extends Person {
  get box() {
    return this.page.locator(".quick-input-widget .quick-input-box input");
  }

  /** The rows that are offered and have this text. */
  rows(text) {
    return this.page.locator(".quick-input-list .monaco-list-row", { hasText: text });
  }

  /** The quick input in front as it is at this moment: its text, and the rows of its list if it has one. Undefined: there is none. */
  async question() {
    return await this.page.evaluate(() => {
      const isShown = (element) => (element?.getClientRects().length ?? 0) > 0;
      const widget = document.querySelector(".quick-input-widget");
      if (!isShown(widget)) {
        return undefined;
      }
      const { value = "", placeholder = "" } = widget.querySelector(".quick-input-box input") ?? {};
      const list = widget.querySelector(".quick-input-list");
      const rows = isShown(list) ? [...list.querySelectorAll(".monaco-list-row")] : [];
      return {
        value,
        placeholder,
        text: `${placeholder} ${widget.innerText}`,
        rows: rows.map((row) => row.innerText),
        matches: rows.filter((row) => row.querySelector(".highlight")).map((row) => row.innerText.split("\n")[0]),
        ticked: rows.filter((row) => row.querySelector(".codicon-check, input:checked")).map((row) => row.innerText),
      };
    });
  }

  /** Opens a quick input, types into it, and sees `row`. False: something came between, and nothing was taken. */
  async typed(key, text, row) {
    if ((await this.question()) !== undefined) {
      await this.dismiss(); // what it offers is what there was when it was opened
    }
    await this.press(key);
    const isOpen = async () => {
      const question = await this.question();
      return question !== undefined && OPENED[key](question);
    };
    const opened = await this.wait(key, isOpen, 10).then(() => true, () => false);
    return opened && (await this.fills(text)) && (await this.shows(row)) && (await this.stands(row));
  }

  /** Whether the list with this row stands still: a list that has just come may still show the rows of the one before. */
  async stands(row) {
    const before = (await this.question())?.rows;
    await this.page.waitForTimeout(100);
    const rows = (await this.question())?.rows;
    return JSON.stringify(rows) === JSON.stringify(before) && (await row.first().isVisible());
  }

  /** Types into the open quick input. False: it was gone. */
  async fills(text) {
    return await this.box.fill(text, { timeout: 2 * SECONDS }).then(() => true, () => false);
  }

  /** Waits until no quick input is open with this text in it: what was taken from it was heard. */
  async isTaken(text) {
    const isGone = async () => (await this.question())?.value !== text;
    return await this.wait("the quick input to go", isGone, 10).then(() => true, () => false);
  }

  /** Puts the cursor on a line (1-based) of the active editor, and the focus into it. */
  async goTo(line, column = 1) {
    const text = `:${line}:${column}`;
    const row = this.rows(new RegExp(`go to line ${line}\\b.*\\b${column}\\b`, "i"));
    const cursor = this.page.locator(".statusbar-item", { hasText: `Ln ${line}, Col ${column}` });
    await this.wait(`the cursor on line ${line}`, async () => {
      await this.toEditor();
      return (await this.typed("Control+g", text, row)) && (await this.clicks(row)) && (await this.shows(cursor));
    });
    await this.toEditor();
  }

  /** Opens a file by its path; of files with the same name, `folder` tells which is meant. */
  async openFile(path, folder = path.split("/").at(-2)) {
    const row = this.rows(path.split("/").at(-1)).filter({ hasText: folder });
    await this.wait(`${path} opened`, async () =>
      (await this.typed("Control+p", path, row)) && (await this.clicks(row)) && (await this.isTaken(path)));
  }

  /** The titles that the command palette offers for some text, once the list stands still. The palette is closed again. */
  async palette(text) {
    const row = this.rows("").filter({ has: this.page.locator(".highlight") }); // those of before have none
    let titles = [];
    await this.wait(`the palette for ${text}`, async () => {
      if (!(await this.typed("F1", `>${text}`, row))) {
        return false;
      }
      titles = (await this.question())?.matches ?? [];
      await this.page.waitForTimeout(250);
      return JSON.stringify((await this.question())?.matches) === JSON.stringify(titles);
    });
    await this.dismiss();
    return titles;
  }

  /** Our commands that the palette offers for these texts. */
  async offered(...texts) {
    const offered = new Set();
    for (const text of texts) {
      const titles = (await this.palette(text)).filter((title) => title.startsWith("Forksight: "));
      titles.forEach((title) => offered.add(title.replace("Forksight: ", "")));
    }
    offered.delete("Focus on Fork Tree View"); // VS Code's own, for every view
    return [...offered].sort();
  }

  /** Runs a command by its title in the palette. Returns when the palette is gone: what is open then is the command's own. */
  async command(title) {
    const named = { has: this.page.getByText(title, { exact: true }) };
    const row = this.rows("").filter(named).filter({ has: this.page.locator(".highlight") });
    await this.wait(`the command ${title} taken`, async () =>
      (await this.typed("F1", `>${title}`, row)) && (await this.clicks(row)) && (await this.isTaken(`>${title}`)));
  }

  /** Waits until a question with this text is asked. */
  async asked(text) {
    return await this.wait(`the question “${text}”`, async () => {
      const question = await this.question();
      return question?.text.includes(text) && question;
    });
  }

  /** What the open quick pick offers, once it has a row with this text. */
  async choices(text = "") {
    await this.rows(text).first().waitFor();
    return await this.wait(`a choice ${text}`, async () => {
      const rows = (await this.question())?.rows ?? [];
      return rows.some((row) => row.includes(text)) && rows;
    });
  }

  /** Takes the choice that has this text. */
  async choose(text) {
    await this.rows(text).first().click();
  }

  /** Types into the open quick pick, which offers something with that text. */
  async type(text) {
    await this.box.fill(text);
    await this.rows(text).first().waitFor();
  }

  /** Answers the input box that asks this, by default with what it proposes. */
  async answer(question, text) {
    await this.asked(question);
    if (text !== undefined) {
      await this.box.fill(text);
    }
    await this.box.press("Enter");
  }

  /** Ticks or unticks the row of a checklist that has this text. */
  async tick(text) {
    await this.rows(text).first().locator(".quick-input-list-checkbox, .monaco-checkbox").first().click();
  }

  /** Waits until these rows of the open checklist are ticked, and no others. */
  async waitForTicked(...texts) {
    let ticked = [];
    await this.wait(`${texts.join() || "nothing"} ticked`, async () => {
      const question = await this.question();
      ticked = question?.ticked ?? [];
      return question && ticked.length === texts.length && texts.every((text, index) => ticked[index].includes(text));
    }).catch((error) => assert.fail(`${error.message}; ticked: ${ticked.join("; ")}`));
  }

  /** Takes what is ticked. */
  async ok() {
    await this.page.locator(".quick-input-action", { hasText: "OK" }).click();
  }

  /** The button in the title bar of the open quick pick that is called so. */
  title(name) {
    return this.page.locator(`.quick-input-titlebar [aria-label^="${name}"]`);
  }

  /** Closes the open quick input, whatever it asks. */
  async dismiss() {
    await this.wait("the quick input closed", async () => {
      await this.box.press("Escape", { timeout: 2 * SECONDS }).catch(() => undefined);
      return await this.goes(this.page.locator(".quick-input-widget"), 2 * SECONDS);
    });
  }

  /** Leaves a question unanswered. */
  async leave(question) {
    await this.asked(question);
    await this.dismiss();
  }
}
