import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cleanRows, confirmation, outcomeOf } from "../../src/ask/cleaning";
import type { Doomed } from "../../src/protocol";
import { doomed } from "./builders";

const LOST: Doomed["lost"] = {
  uncommitted: ["pay.py"],
  untracked: Array.from({ length: 12 }, (_, n) => `notes/${n}.md`),
  ignored: [],
  stashes: [{ subject: "On pay: half" }],
  commits: { count: 1, subjects: ["Try backoff"] },
};

describe("cleanRows", () => {
  it("says under three headings what goes, what would be lost, and what can't go", () => {
    const rows = cleanRows([
      doomed("till", { held: [{ message: "/w/till is locked (usb): `git worktree unlock /w/till`" }] }),
      doomed("pay", { at_risk: true, lost: LOST }),
      doomed("vat"),
    ]);
    assert.deepEqual(
      rows.map(({ label, description = "", detail = "" }) => [label, description, detail].join(" | ")),
      [
        "nothing would be lost |  | ",
        "$(pass) vat | is merged into main | goes: worktree, branch vat, transcript",
        "at risk: asked about one by one |  | ",
        "$(warning) pay | is merged into main | 1 commit in no other branch, 1 uncommitted file, 12 untracked files, 1 stash entry",
        "can't go now |  | ",
        "$(lock) till | is merged into main | till is locked (usb): `git worktree unlock till`",
      ],
    );
  });

  it("has no heading without rows", () => {
    assert.deepEqual(cleanRows([]), []);
  });
});

describe("confirmation", () => {
  it("names what would be lost, and says how many more there are", () => {
    const { message, detail, button } = confirmation(doomed("pay", { at_risk: true, lost: LOST, stays: ["b stays"] }));
    assert.equal(message, "Clean up “pay”? Its work is nowhere else.");
    assert.equal(button, "Clean Up All the Same");
    for (const name of ["Try backoff", "pay.py", "notes/0.md", "notes/7.md", "and 4 more", "On pay: half", "b stays"]) {
      assert.ok(detail.includes(name), name);
    }
    assert.ok(!detail.includes("notes/8.md"));
  });

  it("does not call a fork lost work that has none", () => {
    const { message, detail, button } = confirmation(doomed("new", { at_risk: true }));
    assert.deepEqual([message, button], ["Clean up “new”?", "Clean Up"]);
    assert.match(detail, /may be about to start/);
  });
});

describe("outcomeOf", () => {
  it("says what went, and in the server's words why the rest did not", () => {
    const before = { forks: [], problems: [{ code: "worktree-unreadable", message: "/w/x can't be read." }] };
    const after = {
      forks: [doomed("vat", { outcome: "cleaned" }), doomed("pay", { outcome: "failed" })],
      problems: [...before.problems, { code: "changed", message: "“pay” was not cleaned up: it is live." }],
    };
    const { message, cleaned } = outcomeOf(before, after);
    assert.equal(message, "cleaned up “vat”. “pay” was not cleaned up: it is live.");
    assert.deepEqual(
      cleaned.map(({ session }) => session),
      ["vat"],
    );
  });

  it("counts more than two", () => {
    const forks = ["a", "b", "c"].map((title) => doomed(title, { outcome: "cleaned" }));
    assert.equal(outcomeOf({ forks, problems: [] }, { forks, problems: [] }).message, "cleaned up 3 forks.");
  });
});
