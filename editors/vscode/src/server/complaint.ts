/** The line of a failed program's output that says why: uv and pip put it before their hints. */
export function complaint(output: string): string | undefined {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const error = lines.find((line) => /^(error|ERROR|×):? /.test(line));
  return error?.replace(/^(error|ERROR|×):? /, "") ?? lines.at(-1);
}
