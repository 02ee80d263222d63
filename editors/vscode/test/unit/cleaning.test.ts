import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cleanRows, outcomeOf, yesButton } from "../../src/ask/cleaning";
import { cleanEntry, cleanPlan } from "./builders";

describe("cleanRows", () => {
  it("says under three headings what goes, what would be lost, and what can't go", () => {
    const rows = cleanRows([
      cleanEntry("till", {}, { held: "/w/till is locked (usb): `git worktree unlock /w/till`" }),
      cleanEntry("pay", { at_risk: true }, { risk: "1 uncommitted file" }),
      cleanEntry("vat"),
    ]);
    assert.deepEqual(
      rows.map(({ label, description = "", detail = "" }) => [label, description, detail].join(" | ")),
      [
        "nothing would be lost |  | ",
        "$(pass) vat | is merged into main | goes: worktree, branch vat, transcript; seen: main has every commit of vat",
        "at risk: asked about one by one |  | ",
        "$(warning) pay | is merged into main | 1 uncommitted file",
        "can't go now |  | ",
        "$(lock) till | is merged into main | till is locked (usb): `git worktree unlock till`",
      ],
    );
  });

  it("has no heading without rows", () => {
    assert.deepEqual(cleanRows([]), []);
  });
});

describe("yesButton", () => {
  it("does not call a fork lost work that has none", () => {
    const losses = [{ text: "1 uncommitted file", names: ["pay.py"] }];
    assert.equal(yesButton(cleanEntry("pay", { at_risk: true }, { losses })), "Clean Up All the Same");
    assert.equal(yesButton(cleanEntry("new", { at_risk: true })), "Clean Up");
  });
});

describe("outcomeOf", () => {
  it("says what went, and in the server's words why the rest did not", () => {
    const before = cleanPlan([], { problems: [{ code: "worktree-unreadable", message: "/w/x can't be read." }] });
    const after = cleanPlan([cleanEntry("vat", { outcome: "cleaned" }), cleanEntry("pay", { outcome: "failed" })], {
      summary: "Cleaned up “vat”.",
      problems: [...before.problems, { code: "changed", message: "“pay” was not cleaned up: it is live." }],
    });
    const { message, cleaned } = outcomeOf(before, after);
    assert.equal(message, "Cleaned up “vat”. “pay” was not cleaned up: it is live.");
    assert.deepEqual(
      cleaned.map(({ session }) => session),
      ["vat"],
    );
  });
});
