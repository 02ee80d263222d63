/** Numbers and times as a person reads them. */

import type { Tokens } from "./protocol";

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

/** A number of tokens in at most four characters: 950, 1.2k, 34k, 1.5M. */
export function count(value: number): string {
  if (value < 1000) {
    return String(value);
  }
  const [scaled, unit] = value < 999_500 ? [value / 1000, "k"] : [value / 1_000_000, "M"];
  return `${scaled < 9.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${unit}`;
}

export function plural(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}

export function sum({ input, output, cache_read, cache_write }: Tokens): number {
  return input + output + cache_read + cache_write;
}

/** Phrases beside each other, without those that say nothing. */
export function phrase(phrases: readonly (string | null)[]): string {
  return phrases.filter(Boolean).join(" · ");
}
