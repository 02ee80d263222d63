import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { advice, discover, explain, olderThan, parseVersion, type World } from "../../src/server/discovery";

/** A world with these programs, by their argv joined with spaces, and what each prints for --version. */
function worldOf(versions: Record<string, string>, parts: Partial<World> = {}): World {
  return {
    trusted: true,
    setting: "",
    bundledPython: () => undefined,
    interpreter: () => Promise.resolve(undefined),
    onPath: () => undefined,
    version: (argv) => {
      const output = versions[argv.join(" ")];
      return output === undefined
        ? Promise.reject(new Error(`${argv[0] ?? ""} does not exist`))
        : Promise.resolve(output);
    },
    ...parts,
  };
}

const everywhere: Partial<World> = {
  bundledPython: () => "/storage/bin/python",
  interpreter: () => Promise.resolve("/venv/bin/python"),
  onPath: (name) => `/bin/${name}`,
};
const all = {
  "/opt/forksight": "forksight 1.0.0",
  "/storage/bin/python -I -m forksight": "forksight 1.0.1",
  "/venv/bin/python -I -m forksight": "forksight 1.0.2",
  "/bin/forksight": "forksight 1.0.3",
  "/bin/uv tool run --offline forksight": "forksight 1.0.4",
};

describe("discover", () => {
  it("takes the setting first, then bundled, interpreter, PATH, uv", async () => {
    const order: [string, string][] = [
      ["setting", "/opt/forksight"],
      ["bundled", "/storage/bin/python -I -m forksight"],
      ["interpreter", "/venv/bin/python -I -m forksight"],
      ["path", "/bin/forksight"],
      ["uv", "/bin/uv tool run --offline forksight"],
    ];
    let left: Record<string, string> = { ...all };
    for (const [source, command] of order) {
      const parts = { ...everywhere, setting: source === "setting" ? "/opt/forksight" : "" };
      const { server } = await discover(worldOf(left, parts));
      assert.equal(server?.source, source);
      assert.equal(server.argv.join(" "), command);
      left = Object.fromEntries(Object.entries(left).filter(([key]) => key !== command));
    }
    assert.equal((await discover(worldOf(left, everywhere))).server, undefined);
  });

  it("says for each place why it is not used", async () => {
    const discovery = await discover(
      worldOf({ "/bin/forksight": "forksight 1.0.3" }, { onPath: (name) => `/bin/${name}` }),
    );
    assert.deepEqual(explain(discovery), [
      "not from setting: forksight.server.path is not set",
      "not from bundled: this extension has not installed a copy",
      "not from interpreter: no Python interpreter is selected",
      "using forksight 1.0.3 from PATH: /bin/forksight",
    ]);
  });

  it("takes nothing in the place of a setting that does not work", async () => {
    const discovery = await discover(worldOf(all, { ...everywhere, setting: "/nowhere/forksight" }));
    assert.equal(discovery.server, undefined);
    assert.deepEqual(discovery.rejected, [{ source: "setting", why: "/nowhere/forksight does not exist" }]);
  });

  it("passes over a server that is too old, and remembers its version", async () => {
    const versions = { "/bin/forksight": "forksight 0.9.9", "/bin/uv tool run --offline forksight": "forksight 1.0.0" };
    const discovery = await discover(worldOf(versions, { onPath: (name) => `/bin/${name}` }), "1.0.0");
    assert.equal(discovery.server?.source, "uv");
    assert.equal(discovery.rejected.at(-1)?.tooOld, "0.9.9");
  });

  it("passes over a program that is something else", async () => {
    const discovery = await discover(worldOf({ "/bin/forksight": "fork 1" }, { onPath: (name) => `/bin/${name}` }));
    assert.equal(discovery.rejected[3]?.why, "/bin/forksight is not forksight");
  });

  it("does not run the interpreter of a workspace that is not trusted", async () => {
    const discovery = await discover(
      worldOf(
        {},
        { trusted: false, interpreter: () => Promise.reject(new Error("it was asked")), onPath: () => undefined },
      ),
    );
    assert.match(discovery.rejected[2]?.why ?? "", /not trusted/);
  });
});

describe("advice", () => {
  it("is to mend the setting, if that is what does not work", async () => {
    const { message, button } = advice(await discover(worldOf(all, { ...everywhere, setting: "/nowhere/forksight" })));
    assert.match(message, /setting forksight\.server\.path does not work: \/nowhere\/forksight does not exist/);
    assert.equal(button, "Open Settings");
  });

  it("is to install one, if there is none or only an old one", async () => {
    const old = { "/bin/forksight": "forksight 0.9.9" };
    const none = advice(await discover(worldOf({}, { onPath: () => undefined })));
    const tooOld = advice(await discover(worldOf(old, { onPath: (name) => `/bin/${name}` }), "1.0.0"));
    assert.match(none.message, /none was found/);
    assert.match(tooOld.message, /too old \(0\.9\.9\)/);
    assert.deepEqual([none.button, tooOld.button], ["Install", "Install"]);
  });
});

describe("versions", () => {
  it("are read from what --version prints", () => {
    assert.equal(parseVersion("forksight 1.2.3\n"), "1.2.3");
    assert.equal(parseVersion("warning\nforksight 1.2.3.dev4\n"), "1.2.3.dev4");
    assert.equal(parseVersion("forksight, version 1"), undefined);
  });

  it("are compared by their numbers", () => {
    assert.equal(olderThan("0.9.10", "0.10.0"), true);
    assert.equal(olderThan("1.0.0", "1.0.0"), false);
    assert.equal(olderThan("1.10.0", "1.9.9"), false);
    assert.equal(olderThan("1.0.0.dev1", "1.0.0"), false);
  });
});
