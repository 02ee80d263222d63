/** Numbers and times as a person reads them. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in a word or two: "just now", "5 min", "3 h", "2 d". */
export function ago(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < MINUTE) {
    return "just now";
  }
  if (milliseconds < HOUR) {
    return `${Math.floor(milliseconds / MINUTE)} min`;
  }
  return milliseconds < DAY ? `${Math.floor(milliseconds / HOUR)} h` : `${Math.floor(milliseconds / DAY)} d`;
}

export function plural(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}

/** The non-empty phrases, joined. */
export function phrase(phrases: readonly (string | null)[]): string {
  return phrases.filter(Boolean).join(" · ");
}
