import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { complaint } from "../../src/server/complaint";

describe("complaint", () => {
  it("is the error, not the hint after it", () => {
    const uv =
      "Using Python 3.12\nerror: Failed to fetch: https://example.org/click/\n  cause: no route\n\nhint: Consider\n";
    assert.equal(complaint(uv), "Failed to fetch: https://example.org/click/");
    assert.equal(complaint("ERROR: No matching distribution found\n"), "No matching distribution found");
    assert.equal(complaint("  × No solution found\n  ╰─▶ because\n"), "No solution found");
  });

  it("is the last line where nothing is called an error", () => {
    assert.equal(complaint("Traceback\n  File\nImportError: no\n"), "ImportError: no");
    assert.equal(complaint(" \n"), undefined);
  });
});
