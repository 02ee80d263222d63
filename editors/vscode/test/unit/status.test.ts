import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { escape, showServer, showStatus, TOOLTIP_COMMANDS } from "../../src/status/text";
import { status } from "./builders";

describe("showStatus", () => {
  it("shows the server's text and level", () => {
    const shown = showStatus(status({ text: "pay ⚠ 2", level: "warning" }));
    assert.equal(shown.text, "$(repo-forked) pay ⚠ 2");
    assert.equal(shown.level, "warning");
  });

  it("offers what helps", () => {
    const { tooltip } = showStatus(
      status({
        overlaps: { conflicts: 2, files: 1 },
        baseline: { name: "project", generation: 3, stale: true, reasons: ["24 commits behind"] },
      }),
    );
    assert.match(tooltip, /2 conflicts in 1 file · \[Show\]\(command:forksight.ui.showOverlaps\)/);
    assert.match(tooltip, /project, generation 3, stale: 24 commits behind · \[Refresh\]/);
    assert.match(tooltip, /no fork on this branch · \[Fork…\]/);
  });

  it("links only to commands that the tooltip may run", () => {
    const texts = [
      showStatus(
        status({
          overlaps: { conflicts: 1, files: 1 },
          baseline: { name: "b", generation: 1, stale: true, reasons: [] },
          forks: { active: 2, abandoned: 1 },
        }),
      ),
      ...(["starting", "missing", "crashed"] as const).map(showServer),
    ];
    const linked = texts.flatMap((shown) => [...(shown?.tooltip.matchAll(/command:([\w.]+)/g) ?? [])]);
    assert.ok(linked.length > 5);
    for (const [, command] of linked) {
      assert.ok((TOOLTIP_COMMANDS as readonly (string | undefined)[]).includes(command), command);
    }
  });

  it("shows names as they are, not as Markdown", () => {
    const { tooltip } = showStatus(status({ branch: "a_b_[x](command:evil)" }));
    assert.ok(!tooltip.includes("](command:evil"));
    assert.equal(escape("a*b<c>$(x)"), "a\\*b\\<c\\>\\$\\(x\\)");
  });
});
