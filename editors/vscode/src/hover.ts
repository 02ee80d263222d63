/** The server's hover without what VS Code says above it already: it shows the warnings at the pointer by itself. */
export function withoutMessages(markdown: string, messages: readonly string[]): string {
  return markdown
    .split("\n\n")
    .filter((paragraph) => !messages.includes(unescape(paragraph)))
    .join("\n\n");
}

function unescape(markdown: string): string {
  return markdown.replaceAll(/\\([\\`*_{}[\]<>#|~])/g, "$1");
}
