import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withoutMessages } from "../../src/hover";

describe("withoutMessages", () => {
  const message = "fix_it #2 changed these lines too";

  it("names whose the lines are in place of what VS Code shows anyway", () => {
    const hover = "fix\\_it \\#2 changed these lines too\n\n```diff\n-a\n+b\n```";
    const shown = withoutMessages(hover, [{ message, sides: ["fix_it #2"] }]);
    assert.equal(shown, "**fix\\_it \\#2**\n\n```diff\n-a\n+b\n```");
    assert.equal(withoutMessages(hover, [{ message: "another", sides: ["x"] }]), hover);
  });

  it("leaves several names to the server's own list", () => {
    const hover = "a and 1 more changed these lines too\n\na (uncommitted), b (uncommitted)\n\n```diff\n-a\n+b\n```";
    const warning = { message: "a and 1 more changed these lines too", sides: ["a", "b"] };
    assert.equal(withoutMessages(hover, [warning]), "a (uncommitted), b (uncommitted)\n\n```diff\n-a\n+b\n```");
  });
});
