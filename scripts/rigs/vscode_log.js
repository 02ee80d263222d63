// Takes the place of @vscode/spdlog, VS Code's log writer, in the tests' editor: the real one has to be compiled.
const fs = require("node:fs");
const path = require("node:path");

const NAMES = ["trace", "debug", "info", "warning", "error", "critical"];

class Logger {
  constructor(_type, _name, filename) {
    this.filename = filename;
    this.level = 2;
    this.plain = false;
    NAMES.forEach((name, level) => {
      this[name === "warning" ? "warn" : name] = (message) => this.write(level, message);
    });
  }
  write(level, message) {
    if (level >= this.level) {
      const stamp = new Date().toISOString().replace("T", " ").replace("Z", "");
      fs.appendFileSync(this.filename, this.plain ? message : `${stamp} [${NAMES[level]}] ${message}\n`);
    }
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  clearFormatters() {
    this.plain = true;
  }
  setPattern() {}
  flush() {}
  drop() {}
}

async function create(name, filename) {
  fs.mkdirSync(path.dirname(filename), { recursive: true });
  return new Logger("rotating", name, filename);
}

// written out one by one: that is how `import` finds the names in a CommonJS module
exports.version = 1;
exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
