// Makes dist/forksight-VERSION.vsix. It carries the server's wheel, so that "Install" gets the server that belongs to it.
// --without-server leaves the wheel out. FORKSIGHT_REPOSITORY, where the project is published, gives it its links and its picture.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync("package.json", "utf8"));
const root = "../..";
const staging = "out/package";
const repository = (process.env.FORKSIGHT_REPOSITORY ?? "").replace(/\/$/, "");
const run = (program, args, cwd = ".") => execFileSync(program, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });

run(process.execPath, ["esbuild.mjs", "--production"]);
rmSync(staging, { recursive: true, force: true });
mkdirSync(`${staging}/dist`, { recursive: true });
copyFileSync("dist/extension.js", `${staging}/dist/extension.js`);
for (const folder of ["media", "walkthrough"]) {
  cpSync(folder, `${staging}/${folder}`, { recursive: true });
}
for (const file of ["LICENSE", "CHANGELOG.md"]) {
  copyFileSync(`${root}/${file}`, `${staging}/${file}`);
}
if (!process.argv.includes("--without-server")) {
  run("python3", ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", `${staging}/bundled`, root]);
}
const links = {
  repository: { type: "git", url: repository },
  homepage: repository,
  bugs: { url: `${repository}/issues` },
};
writeFileSync(
  `${staging}/package.json`,
  JSON.stringify({ ...manifest, files: ["**"], ...(repository ? links : {}) }, null, 2),
);
const readme = readFileSync("README.md", "utf8");
const picture = /(!\[[^\]]*\]\()\.\.\/\.\.\/([^)]+\)\n\n)/g;
writeFileSync(`${staging}/README.md`, readme.replace(picture, repository ? `$1${repository}/raw/HEAD/$2` : ""));

const vsix = resolve(`dist/forksight-${manifest.version}.vsix`);
run(
  resolve("node_modules/.bin/vsce"),
  ["package", "--no-dependencies", "--allow-missing-repository", "--out", vsix],
  staging,
);
