/** Which session is shown under which, and in which order. */

import type { Session, SessionState } from "../protocol";
import { isLive } from "../session";

/**
 * Sessions by the one that each is shown under.
 *
 * The generations of a baseline stand together, under the current one, whichever was forked from which.
 */
export function byParent(sessions: readonly Session[]): Map<string | null, Session[]> {
  const ids = new Map(sessions.map((session) => [session.id, session]));
  const currents = new Map(
    sessions.flatMap(({ id, baseline }) => (baseline?.current ? [[baseline.name, id] as const] : [])),
  );
  const above = ({ id, parent, baseline }: Session): string | null => {
    const current = baseline ? currents.get(baseline.name) : undefined;
    if (current !== undefined) {
      return current === id ? null : current;
    }
    return parent !== null && ids.has(parent) ? parent : null;
  };
  const endsInRoot = (session: Session): boolean => {
    const seen = new Set<string>();
    for (let at: Session | undefined = session; at && !seen.has(at.id); at = ids.get(above(at) ?? "")) {
      seen.add(at.id);
      if (above(at) === null) {
        return true;
      }
    }
    return false;
  };
  const children = new Map<string | null, Session[]>();
  for (const session of sessions) {
    const parent = endsInRoot(session) ? above(session) : null; // a circle can't be shown otherwise
    children.set(parent, [...(children.get(parent) ?? []), session]);
  }
  return children;
}

export function byImportance(a: Session, b: Session): number {
  return rank(a) - rank(b) || (b.last_active ?? "").localeCompare(a.last_active ?? "") || a.id.localeCompare(b.id);
}

function rank({ baseline, state }: Session): number {
  if (baseline) {
    return baseline.current ? 0 : 5;
  }
  const ranks: Partial<Record<SessionState, number>> = { "live-waiting": 1, pending: 3, archived: 6 };
  return ranks[state] ?? (isLive(state) ? 2 : 4); // who waits for a person comes first
}
