import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashBudget } from "../../src/server/crashes";

describe("crashBudget", () => {
  it("allows four restarts in three minutes and refuses the fifth", () => {
    const mayRestart = crashBudget();
    assert.deepEqual([0, 1000, 2000, 3000, 4000].map(mayRestart), [true, true, true, true, false]);
  });

  it("forgets crashes that are longer ago", () => {
    const mayRestart = crashBudget();
    [0, 1000, 2000, 3000].forEach(mayRestart);
    assert.equal(mayRestart(179_999), false);
    assert.equal(mayRestart(180_000), true);
    assert.equal(mayRestart(180_500), false);
  });
});
