import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canLand, landRows } from "../../src/ask/landing";
import { landEntry } from "./builders";

describe("landRows", () => {
  const held = [{ code: "uncommitted", message: "1 file is not committed", command: "git commit -m vat" }];
  const forks = [
    landEntry("till"),
    landEntry(
      "pay",
      { outcome: "stops" },
      { heading: "would stop", outcome: "conflicts with till", details: ["pay.py line 3: conflict with till"] },
    ),
    landEntry(
      "gifts",
      { outcome: "waits" },
      { heading: "would stop", outcome: "waits: it comes after one that stops" },
    ),
    landEntry(
      "vat",
      { outcome: "held", held },
      { heading: "not now", outcome: "1 file in /w/vat is not committed", details: ["first: git -C /w/vat commit"] },
    ),
  ];

  it("says under the server's headings what lands, where it would stop, and what has to be done first", () => {
    assert.deepEqual(
      landRows(forks).map(({ label, description = "", detail = "" }) => [label, description, detail].join(" | ")),
      [
        "can land |  | ",
        "$(git-merge) till | 1 commit, to be merged into main | ",
        "would stop |  | ",
        "$(warning) pay | conflicts with till | pay.py line 3: conflict with till",
        "$(warning) gifts | waits: it comes after one that stops | ",
        "not now |  | ",
        "$(lock) vat | 1 file in vat is not committed | first: git -C vat commit",
      ],
    );
  });

  it("ticks what can land, and lets be ticked what may land without the others", () => {
    const named = (rows: readonly { fork?: { branch: string } }[]): string[] =>
      rows.flatMap(({ fork }) => (fork ? [fork.branch] : []));
    assert.deepEqual(named(landRows(forks).filter(({ picked }) => picked)), ["till"]);
    assert.deepEqual(
      forks.filter(canLand).map(({ branch }) => branch),
      ["till", "pay", "gifts"],
    );
  });
});
