// stylua.mjs [--fix] FOLDER…: StyLua's WebAssembly build over the Lua files in the folders, with the settings in
// editors/neovim/stylua.toml. STYLUA names its module. Without --fix, exit status 1 if a file is not formatted.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const stylua = await import(pathToFileURL(process.env.STYLUA));
const enums = { indent_type: stylua.IndentType, quote_style: stylua.QuoteStyle };
const settings = [...readFileSync("editors/neovim/stylua.toml", "utf8").matchAll(/^(\w+) = "?(\w+)"?$/gm)];

function format(code) {
  const config = stylua.Config.new(); // each call consumes one
  for (const [, key, value] of settings) config[key] = key in enums ? enums[key][value] : Number(value);
  return stylua.formatCode(code, config, undefined, stylua.OutputVerification.Full);
}

const fix = process.argv.includes("--fix");
for (const folder of process.argv.slice(2).filter((argument) => argument !== "--fix")) {
  for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".lua"))) {
    const file = `${folder}/${name}`;
    const code = readFileSync(file, "utf8");
    const formatted = format(code);
    if (code === formatted) continue;
    if (fix) writeFileSync(file, formatted);
    else process.exitCode = 1;
    console.log(`${file}: ${fix ? "formatted" : "not formatted: run scripts/lua.sh --fix"}`);
  }
}
