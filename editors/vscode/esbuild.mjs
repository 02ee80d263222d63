// Bundles the extension into dist/; with --tests each unit test into out/unit/, with --host the ones for an extension host.
import { readdirSync } from "node:fs";
import * as esbuild from "esbuild";

const production = process.argv.includes("--production");
const tests = process.argv.includes("--tests");

const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  logLevel: "warning",
};

const extension = {
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  minify: production,
  sourcemap: production ? false : "linked",
};

const unit = {
  ...common,
  entryPoints: tests
    ? readdirSync("test/unit")
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => `test/unit/${name}`)
    : [],
  outdir: "out/unit",
  sourcemap: "inline",
};

const host = { ...common, entryPoints: ["test/host/index.ts"], outdir: "out/host", sourcemap: "inline" };

const options = tests ? unit : process.argv.includes("--host") ? host : extension;
if (process.argv.includes("--watch")) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
