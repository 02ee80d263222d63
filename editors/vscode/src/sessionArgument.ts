/** The session that a Claude Code command line runs: the new id of a fork, else the resumed one. */
export function sessionOf(args: readonly string[]): string | undefined {
  return after(args, "--session-id") ?? after(args, "--resume");
}

function after(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}
