// Makes dist/forksight-VERSION.vsix. It carries the server's wheel, so that "Install" gets the server that belongs to it.
// --without-server leaves the wheel out.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const root = "../..";
const run = (program, ...args) => execFileSync(program, args, { stdio: ["ignore", "inherit", "inherit"] });

rmSync("bundled", { recursive: true, force: true });
if (!process.argv.includes("--without-server")) {
  mkdirSync("bundled");
  run("python3", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "bundled", root);
}
mkdirSync("dist", { recursive: true });
for (const file of ["LICENSE", "CHANGELOG.md"]) {
  copyFileSync(`${root}/${file}`, file);
}
run(
  "node_modules/.bin/vsce",
  "package",
  "--no-dependencies",
  "--allow-missing-repository",
  "--out",
  `dist/forksight-${version}.vsix`,
);
