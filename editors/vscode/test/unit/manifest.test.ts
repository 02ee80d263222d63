/** package.json and the code declare the same things. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ABILITIES, SERVER_COMMANDS } from "../../src/protocol";
import { TOOLTIP_COMMANDS } from "../../src/status/text";

interface Item {
  readonly command: string;
  readonly when?: string;
}
interface Manifest {
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category: string; icon: string }[];
    readonly menus: Readonly<Record<string, readonly Item[]>>;
    readonly walkthroughs: readonly { steps: readonly { description: string; when?: string }[] }[];
    readonly viewsWelcome: readonly { contents: string }[];
  };
}

const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const table = readFileSync("src/commands/table.ts", "utf8");
const declared = contributes.commands.map(({ command }) => command);

describe("package.json", () => {
  it("declares exactly the commands of the table", () => {
    const handled = [...table.matchAll(/^ {2}"(forksight\.ui\.[\w.]+)": /gm)].map(([, id]) => id);
    assert.deepEqual(declared.toSorted(), handled.toSorted());
  });

  it("gives each command the category and an icon", () => {
    for (const { command, category, icon } of contributes.commands) {
      assert.equal(category, "Forksight", command);
      assert.match(icon, /^\$\([\w-]+\)$/, command);
    }
  });

  it("never takes an id of the server's", () => {
    const servers: readonly string[] = Object.values(SERVER_COMMANDS);
    assert.deepEqual(
      declared.filter((id) => servers.includes(id)),
      [],
    );
  });

  it("shows in the palette what the server offers, and only that", () => {
    const always = new Set(["restart", "showLogs"]);
    const whens = new Map((contributes.menus.commandPalette ?? []).map(({ command, when }) => [command, when]));
    for (const id of declared.filter((command) => !always.has(command.split(".").at(-1) ?? ""))) {
      assert.match(whens.get(id) ?? "", /^(false$|forksight\.(can\.|server == ))/, id);
    }
  });

  it("has nothing in the view's title that takes the row that VS Code hands over", () => {
    const rows = new Set((contributes.menus["view/item/context"] ?? []).map(({ command }) => command));
    const title = (contributes.menus["view/title"] ?? []).map(({ command }) => command);
    assert.deepEqual(
      title.filter((id) => rows.has(id)),
      [],
    );
  });

  it("asks only for context keys that are set", () => {
    const text = JSON.stringify(contributes);
    for (const [, ability] of text.matchAll(/forksight\.can\.(\w+)/g)) {
      assert.ok((ABILITIES as readonly (string | undefined)[]).includes(ability), ability);
    }
  });

  it("links only to commands that exist", () => {
    const menus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const texts = [
      ...contributes.viewsWelcome.map(({ contents }) => contents),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description)),
    ];
    const links = texts.flatMap((text) => [...text.matchAll(/command:(forksight[\w.]+)/g)].map(([, id]) => id ?? ""));
    for (const id of [...menus, ...links, ...TOOLTIP_COMMANDS]) {
      assert.ok(declared.includes(id), id);
    }
  });

  it("has one walkthrough of at most four steps, and those that a running server changes twice", () => {
    assert.equal(contributes.walkthroughs.length, 1);
    const steps = contributes.walkthroughs[0]?.steps ?? [];
    for (const server of ["running", "missing"]) {
      const shown = steps.filter(({ when }) => when === undefined || when.includes("==") === (server === "running"));
      assert.equal(shown.length, 4, server);
    }
  });
});
