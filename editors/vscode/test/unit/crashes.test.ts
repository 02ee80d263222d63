import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashBudget } from "../../src/server/crashes";

describe("crashBudget", () => {
  it("allows four restarts in three minutes, each after a longer pause, and refuses the fifth", () => {
    assert.deepEqual([0, 1000, 2000, 3000, 4000].map(crashBudget()), [0, 500, 1000, 2000, undefined]);
  });

  it("forgets crashes that are longer ago", () => {
    const pause = crashBudget();
    [0, 1000, 2000, 3000].forEach(pause);
    assert.equal(pause(179_999), undefined);
    assert.equal(pause(180_000), 2000);
    assert.equal(pause(180_500), undefined);
    assert.equal(pause(400_000), 0);
  });
});
