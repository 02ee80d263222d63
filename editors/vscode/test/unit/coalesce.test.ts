import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { coalesce } from "../../src/coalesce";

describe("coalesce", () => {
  it("lets calls that come meanwhile share one more run", async () => {
    let runs = 0;
    const run = coalesce(async () => {
      runs++;
      await setImmediate();
    });
    const calls = [run(), run(), run()];
    assert.equal(runs, 1);
    await Promise.all(calls);
    assert.equal(runs, 2);
    await run();
    assert.equal(runs, 3);
  });

  it("runs again after a run that failed", async () => {
    let runs = 0;
    const run = coalesce(() => {
      runs++;
      return runs === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
    });
    const first = run();
    const second = run();
    await assert.rejects(first);
    await second;
    assert.equal(runs, 2);
  });
});
