import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withoutMessages } from "../../src/hover";

describe("withoutMessages", () => {
  it("drops what VS Code shows anyway, and nothing else", () => {
    const hover = "fix\\_it \\#2 changed these lines too\n\n```diff\n-a\n+b\n```";
    assert.equal(withoutMessages(hover, ["fix_it #2 changed these lines too"]), "```diff\n-a\n+b\n```");
    assert.equal(withoutMessages(hover, ["another"]), hover);
  });
});
