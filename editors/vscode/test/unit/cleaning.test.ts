import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cleanRows, outcomeOf } from "../../src/ask/cleaning";
import { cleanEntry, cleanPlan } from "./builders";

describe("cleanRows", () => {
  it("says under the server's headings what goes, what would be lost, and what can't go", () => {
    const rows = cleanRows([
      cleanEntry(
        "till",
        {},
        { heading: "not now", detail: "/w/till is locked (usb)", refusal: "“till” can't go: /w/till is locked (usb)." },
      ),
      cleanEntry("pay", { at_risk: true }, { heading: "at risk", detail: "1 uncommitted file" }),
      cleanEntry("vat"),
      cleanEntry("tax"),
    ]);
    assert.deepEqual(
      rows.map(({ label, description = "", detail = "" }) => [label, description, detail].join(" | ")),
      [
        "nothing would be lost |  | ",
        "$(pass) vat | is merged into main | goes: worktree, branch vat",
        "$(pass) tax | is merged into main | goes: worktree, branch tax",
        "at risk |  | ",
        "$(warning) pay | is merged into main | 1 uncommitted file",
        "not now |  | ",
        "$(lock) till | is merged into main | till is locked (usb)",
      ],
    );
  });

  it("has no heading without rows", () => {
    assert.deepEqual(cleanRows([]), []);
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
