import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { escape, showServer, showStatus, TOOLTIP_COMMANDS } from "../../src/status/text";
import { session, status } from "./builders";

const stale = { name: "project", generation: 3, stale: true, reasons: ["24 commits behind"] };

describe("showStatus", () => {
  it("shows the server's words and level", () => {
    const shown = showStatus(status({ text: "pay · 2 conflicts", tooltip: "**pay**", level: "warning" }));
    assert.equal(shown.text, "$(warning) pay · 2 conflicts");
    assert.ok(shown.tooltip.startsWith("**pay**\n"));
    assert.equal(shown.level, "warning");
  });

  it("links to what helps now", () => {
    const links = ({ tooltip }: { tooltip: string }): string[] =>
      [...tooltip.matchAll(/command:forksight\.ui\.(\w+)/g)].map(([, id]) => id ?? "");
    assert.deepEqual(links(showStatus(status())), ["fork", "showForkTree"]);
    const { id, title, parent, state, stateText } = session("pay");
    const busy = status({
      overlaps: { conflicts: 2, files: 1, breaks: 0, text: "" },
      baseline: stale,
      fork: { id, title, parent, state, stateText },
    });
    assert.deepEqual(links(showStatus(busy)), ["showOverlaps", "refreshBaseline", "showForkTree"]);
    const waiting = showStatus({ ...busy, sessions: { waiting: [id], working: 0 } });
    assert.deepEqual(links(waiting), ["showWaiting", "showOverlaps", "refreshBaseline", "showForkTree"]);
    assert.match(waiting.text, /^\$\(bell-dot\) /, "who waits is told apart from a conflict without colour");
  });

  it("links only to commands that the tooltip may run", () => {
    const shown = [
      showStatus(status({ overlaps: { conflicts: 1, files: 1, breaks: 0, text: "" }, baseline: stale })),
      ...(["starting", "missing", "crashed"] as const).map(showServer),
    ];
    const linked = shown.flatMap((status) => [...(status?.tooltip.matchAll(/command:([\w.]+)/g) ?? [])]);
    assert.equal(linked.length, 11);
    for (const [, command] of linked) {
      assert.ok((TOOLTIP_COMMANDS as readonly (string | undefined)[]).includes(command), command);
    }
  });

  it("is hidden where the server has nothing to say", () => {
    assert.equal(showServer("running"), undefined);
    assert.equal(showServer("stopped"), undefined);
  });
});

describe("escape", () => {
  it("shows names as they are, not as Markdown", () => {
    assert.equal(escape("a*b<c>$(x)"), "a\\*b\\<c\\>\\$\\(x\\)");
    assert.equal(escape("[x](command:evil)\ny"), "\\[x\\]\\(command:evil\\) y");
  });
});
