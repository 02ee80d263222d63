/** Runs inside a real extension host: `run` resolves if all is well and rejects with every failure otherwise. */

import { checks } from "./checks";

const LIMIT_MS = 40_000;

export async function run(): Promise<void> {
  const failures: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await Promise.race([check(), late()]);
      console.log(`ok: ${name}`);
    } catch (error) {
      console.log(`FAILED: ${name}`);
      failures.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  if (failures.length > 0) {
    throw new Error(failures.join("\n\n"));
  }
}

function late(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => {
      reject(new Error(`took longer than ${LIMIT_MS / 1000} s`));
    }, LIMIT_MS).unref();
  });
}
