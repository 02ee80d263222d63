import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sessionOf } from "../../src/sessionArgument";
import { ago, plural } from "../../src/words";

describe("words", () => {
  it("say times in a word or two", () => {
    const minute = 60_000;
    const times: [number, string][] = [
      [-5, "just now"],
      [59_000, "just now"],
      [5 * minute, "5 min"],
      [59.9 * minute, "59 min"],
      [60 * minute, "1 h"],
      [50 * 60 * minute, "2 d"],
      [Number.NaN, "just now"],
    ];
    for (const [time, words] of times) {
      assert.equal(ago(time), words);
    }
  });

  it("know one from many", () => {
    assert.deepEqual([plural(1, "fork"), plural(2, "fork")], ["1 fork", "2 forks"]);
  });
});

describe("sessionOf", () => {
  it("is the new id of a fork, else the one that is resumed", () => {
    assert.equal(sessionOf(["--resume", "a", "--fork-session", "--session-id", "b", "--name", "n"]), "b");
    assert.equal(sessionOf(["--resume", "a"]), "a");
    assert.equal(sessionOf(["--resume"]), undefined);
    assert.equal(sessionOf(["-p", "hello"]), undefined);
  });
});
