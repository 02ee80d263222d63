/** Shortens the server's hover, since VS Code itself shows the warnings at the pointer above it. */

/** A warning at the pointer: its message, and whose the lines are that it is about. */
export interface Warning {
  readonly message: string;
  readonly sides: readonly string[];
}

/** The hover with each warning replaced by the names of its other sides, which head their versions. */
export function withoutMessages(markdown: string, warnings: readonly Warning[]): string {
  return markdown
    .split("\n\n")
    .flatMap((paragraph) => {
      const warning = warnings.find(({ message }) => message === unescape(paragraph));
      if (warning === undefined) {
        return [paragraph];
      }
      const [side, ...others] = warning.sides;
      return side === undefined || others.length > 0 ? [] : [`**${escape(side)}**`]; // several are listed by the server
    })
    .join("\n\n");
}

const SPECIAL = /[\\`*_{}[\]<>#|~]/g;

function escape(text: string): string {
  return text.replaceAll(SPECIAL, "\\$&");
}

function unescape(markdown: string): string {
  return markdown.replaceAll(/\\([\\`*_{}[\]<>#|~])/g, "$1");
}
