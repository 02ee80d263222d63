// What a person does who sees that nothing happened: looks again, presses again, clicks again. Never twice what was done once.
import assert from "node:assert/strict";

export const SECONDS = 1000;
export const PATIENCE = 240; // seconds; everything takes far less on a machine that does nothing else
const MOMENT = 5 * SECONDS; // milliseconds after which a key or a click that shows nothing counts as lost

export class Person {
  constructor(page) {
    this.page = page;
  }

  /** Waits until `probe` answers something truthy, and returns it. */
  async wait(what, probe, seconds = PATIENCE) {
    const end = Date.now() + seconds * SECONDS;
    for (;;) {
      const answer = await probe();
      if (answer) {
        return answer;
      }
      assert.ok(Date.now() < end, `waited ${seconds} s for ${what}`);
      await this.page.waitForTimeout(50);
    }
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  /** Whether something shows within a moment. */
  async shows(locator, moment = MOMENT) {
    return await locator.first().waitFor({ timeout: moment }).then(() => true, () => false);
  }

  /** Whether something is gone within a moment. */
  async goes(locator, moment = MOMENT) {
    return await locator.first().waitFor({ state: "hidden", timeout: moment }).then(() => true, () => false);
  }

  /** Clicks what shows within a moment. False: it did not, or was gone before it could be clicked, and nothing was. */
  async clicks(locator, options = {}) {
    if (!(await this.shows(locator))) {
      return false;
    }
    try {
      await locator.first().click({ timeout: 4 * MOMENT, ...options });
      return true;
    } catch (error) {
      const tried = error.message.split("performing click action"); // of one that was begun nobody knows what came of it
      return tried.length > 1 && !tried.at(-1).includes("intercepts pointer events");
    }
  }

  /** Takes an entry of the menu that `open` opens. It is opened again if something closed it unheard. */
  async take(title, open) {
    const entry = this.page.locator(".monaco-menu .action-item", { hasText: title });
    let isClicked = false;
    await this.wait(`“${title}” taken from a menu`, async () => {
      if (!(await entry.first().isVisible())) {
        if (isClicked) {
          return true;
        }
        await open();
        if (!(await this.shows(entry))) {
          await this.press("Escape");
          return false;
        }
      }
      isClicked = (await this.clicks(entry)) || isClicked;
      return isClicked && (await this.goes(entry, SECONDS)); // a menu that has just opened does not hear it
    });
  }

  /** Makes a row the one that keys are about. */
  async select(row) {
    const isSelected = (element) => element.matches(".selected") && element.closest(".monaco-list").matches(":focus-within");
    await this.wait("a row selected", async () => (await this.clicks(row)) && (await row.first().evaluate(isSelected)));
  }

  /** Brings the focus into the active editor. */
  async toEditor() {
    const isThere = () => document.activeElement?.closest(".editor-instance") !== null;
    await this.wait("the focus in the editor", async () => {
      await this.press("Control+1");
      return await this.page.waitForFunction(isThere, undefined, { timeout: MOMENT }).then(() => true, () => false);
    });
  }
}
