/** What checklists of forks have in common. Pure. */

/** The rows of forks, each group of them below its heading: the forks come in groups. */
export function underHeadings<F extends { readonly words: { readonly heading: string } }, R>(
  forks: readonly F[],
  rowOf: (fork: F) => R,
): (R | { label: string })[] {
  return forks.flatMap((fork, index) => {
    const { heading } = fork.words;
    return heading === forks[index - 1]?.words.heading ? [rowOf(fork)] : [{ label: heading }, rowOf(fork)];
  });
}

/** A text with the worktree's folder in place of its path: a row is short, and git takes the folder too. */
export function inRow(worktree: string | null, text: string): string {
  return worktree === null ? text : text.replaceAll(worktree, worktree.split("/").at(-1) ?? worktree);
}
