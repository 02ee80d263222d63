/** Finds the program to use as the server, and says why. Pure: it only accesses the system through `World`. */

export type Source = "setting" | "bundled" | "interpreter" | "path" | "uv";

/** A program that could be the server: `argv` without `server` or `--version`. */
interface Candidate {
  readonly source: Source;
  readonly argv: readonly [string, ...string[]];
  /** How it was found, to be read after "from". */
  readonly origin: string;
}

export interface FoundServer extends Candidate {
  readonly version: string;
}

/** A candidate that was tried and is not used. */
interface Rejected {
  readonly source: Source;
  readonly why: string;
  /** The version that was there, if it was only too old. */
  readonly tooOld?: string;
}

export interface Discovery {
  readonly server?: FoundServer;
  readonly rejected: readonly Rejected[];
}

export interface World {
  readonly trusted: boolean;
  /** `forksight.server.path`, "" if not set. */
  readonly setting: string;
  /** The Python of the copy that this extension installed for itself. */
  bundledPython(): string | undefined;
  /** The Python that is selected for this workspace. */
  interpreter(): Promise<string | undefined>;
  /** The absolute path of a program on PATH. */
  onPath(name: string): string | undefined;
  /** What `argv --version` printed. Rejects with a sentence if it could not be run or failed. */
  version(argv: readonly string[]): Promise<string>;
}

/** The oldest server that this extension can talk to. */
const MINIMUM_VERSION = "0.1.0";

const NOT_SET = "forksight.server.path is not set";
const MODULE = ["-I", "-m", "forksight"] as const; // isolated: the workspace's own modules stay out of it

/**
 * The first of setting, bundled, selected interpreter, PATH and `uv tool run` that answers and is not too old.
 *
 * If the setting does not work, no other candidate is tried.
 */
export async function discover(world: World, minimum = MINIMUM_VERSION): Promise<Discovery> {
  const rejected: Rejected[] = [];
  for (const look of [setting, bundled, interpreter, path, uv]) {
    const candidate = await look(world);
    if ("why" in candidate) {
      rejected.push(candidate);
    } else {
      const tried = await tryOut(world, candidate, minimum);
      if ("version" in tried) {
        return { server: tried, rejected };
      }
      rejected.push(tried);
    }
    if (candidate.source === "setting" && world.setting) {
      break;
    }
  }
  return { rejected };
}

async function tryOut(world: World, candidate: Candidate, minimum: string): Promise<FoundServer | Rejected> {
  const { source } = candidate;
  try {
    const version = parseVersion(await world.version(candidate.argv));
    if (version === undefined) {
      return { source, why: `${candidate.argv[0]} is not forksight` };
    }
    if (olderThan(version, minimum)) {
      return { source, why: `version ${version} is older than ${minimum}`, tooOld: version };
    }
    return { ...candidate, version };
  } catch (error) {
    return { source, why: error instanceof Error ? error.message : String(error) };
  }
}

type Look = Candidate | Rejected;

function setting(world: World): Look {
  return world.setting
    ? { source: "setting", argv: [world.setting], origin: "the setting forksight.server.path" }
    : { source: "setting", why: NOT_SET };
}

function bundled(world: World): Look {
  const python = world.bundledPython();
  return python
    ? { source: "bundled", argv: [python, ...MODULE], origin: "the copy that this extension installed" }
    : { source: "bundled", why: "this extension has not installed a copy" };
}

async function interpreter(world: World): Promise<Look> {
  if (!world.trusted) {
    return { source: "interpreter", why: "the workspace is not trusted, so its interpreter is not run" };
  }
  const python = await world.interpreter();
  return python
    ? { source: "interpreter", argv: [python, ...MODULE], origin: "the selected Python interpreter" }
    : { source: "interpreter", why: "no Python interpreter is selected" };
}

function path(world: World): Look {
  const program = world.onPath("forksight");
  return program
    ? { source: "path", argv: [program], origin: "PATH" }
    : { source: "path", why: "there is no forksight on PATH" };
}

function uv(world: World): Look {
  const program = world.onPath("uv");
  return program
    ? // offline: what uv already has is used, nothing is downloaded without being asked for
      { source: "uv", argv: [program, "tool", "run", "--offline", "forksight"], origin: "uv tool run" }
    : { source: "uv", why: "there is no uv on PATH" };
}

/** The version in `forksight 1.2.3`. */
export function parseVersion(output: string): string | undefined {
  return /^forksight (\d+\.\d+\.\d+\S*)\s*$/m.exec(output)?.[1];
}

/** Whether a version comes before another, by its three numbers. */
export function olderThan(version: string, minimum: string): boolean {
  const [a, b] = [numbers(version), numbers(minimum)];
  const i = a.findIndex((value, index) => value !== b[index]);
  return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0);
}

function numbers(version: string): number[] {
  return version.split(".", 3).map((part) => Number.parseInt(part, 10));
}

/** All candidates that were tried, one line each, for the log. */
export function explain(discovery: Discovery): string[] {
  const lines = discovery.rejected.map(({ source, why }) => `not from ${source}: ${why}`);
  const { server } = discovery;
  lines.push(
    server
      ? `using forksight ${server.version} from ${server.origin}: ${server.argv.join(" ")}`
      : "found no server that can be used",
  );
  return lines;
}

/** What the person is told when no server was found, and the button that helps. */
export function advice({ rejected }: Discovery): { message: string; button: "Install" | "Open Settings" } {
  const setting = rejected.find(({ source, why }) => source === "setting" && why !== NOT_SET);
  if (setting) {
    return {
      message: `Forksight: the setting forksight.server.path does not work: ${setting.why}.`,
      button: "Open Settings",
    };
  }
  const old = rejected.find(({ tooOld }) => tooOld !== undefined)?.tooOld;
  return old
    ? {
        message: `Forksight's server here is too old (${old}). Install a newer one into this extension's own storage?`,
        button: "Install",
      }
    : {
        message: "Forksight needs its server, and none was found. Install it into this extension's own storage?",
        button: "Install",
      };
}
