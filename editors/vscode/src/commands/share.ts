/** Sharing with colleagues through the git remote: the server shows the plan, asks, and says what came of it. */

import type { App, Handler } from "../app";
import { placeOf, targetOf } from "./target";

/** "Share with Colleagues…": what would leave this machine is shown first, and nothing leaves it without a yes. */
export const startSharing = share("on");

/** "Stop Sharing with Colleagues": deletes what was published. */
export const stopSharing = share("off");

/** "Show Sharing": what was published last, what was left out and why, and who else shares. */
export const showSharing = share("status");

/** "Share Now": publishes and looks at once. */
export const shareNow = share("now");

/** "Forget Colleague's Machine…": asks which of those that are gone. */
export const forgetMachine = share("forget");

function share(action: "on" | "off" | "status" | "now" | "forget"): Handler {
  return async (app: App, argument?: unknown) => {
    await app.server.execute("share", { ...placeOf(targetOf(argument)), action });
    await app.status.refresh();
    await app.tree.refresh();
  };
}
