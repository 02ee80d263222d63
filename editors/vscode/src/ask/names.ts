/** What is wrong with a name, said while it is typed. */

/** A branch's name as it was typed, with a dash for each run of spaces, as VS Code's own git does. */
export function branchName(text: string): string {
  return text.trim().replaceAll(/\s+/g, "-");
}

/** Why git would refuse a branch of this name, as `git check-ref-format --branch` does. */
export function branchProblem(name: string): string | undefined {
  if (name === "") {
    return "A branch needs a name.";
  }
  if (/[\x00-\x20\x7f~^:?*[\\]/.test(name)) {
    return "A branch name has no spaces and none of ~ ^ : ? * [ \\";
  }
  if (name.startsWith("-")) {
    return "A branch name does not begin with a dash.";
  }
  if (name === "@" || name.includes("..") || name.includes("@{") || name.endsWith(".")) {
    return "A branch name is not @, has no .. and no @{, and does not end with a dot.";
  }
  if (name === "HEAD") {
    return "HEAD is git's own name.";
  }
  if (name.split("/").some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock"))) {
    return "No part between slashes is empty, begins with a dot or ends with .lock.";
  }
  return undefined;
}

/** What is wrong with a session's or a baseline's name; two of the same can't be told apart. */
export function nameProblem(name: string, taken: ReadonlySet<string>, what: string): string | undefined {
  if (name === "") {
    return `A ${what} needs a name.`;
  }
  if (/[\x00-\x1f\x7f]/.test(name)) {
    return "A name is one line without control characters.";
  }
  return taken.has(name) ? `There is a ${what} of that name already.` : undefined;
}

/** The name, or if it is taken the first of name-2, name-3, … that is not. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) {
    free = `${name}-${n}`;
  }
  return free;
}
