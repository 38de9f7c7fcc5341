import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { DEVICE_KINDS, type NativeDevice } from "../../native/ggml/devices.ts";
import { findNativeFiles, NativeLibraryError } from "../../native/platform.ts";

/** Graphics drivers take a while to wake up; one that hangs must not hang the program. */
const LONGEST = 20_000;

const reported = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    kind: z.enum(DEVICE_KINDS),
    memory: z.object({ total: z.number(), free: z.number() }),
  }),
);

/**
 * The graphics cards that the installed native package computes on. They are asked in a process of their own, and
 * only where a package for graphics cards is installed; a card that cannot be asked counts as none.
 */
export async function detectGraphics(): Promise<NativeDevice[]> {
  if (!hasGraphicsBuild()) return [];
  const devices = await askDevices().catch((): NativeDevice[] => []);
  return devices.filter(({ kind }) => kind === "graphics" || kind === "integrated graphics");
}

/** Every device, as a process of its own tells them. Throws where it cannot. */
export async function askDevices(): Promise<NativeDevice[]> {
  const extension = extname(import.meta.url);
  const script = fileURLToPath(new URL(`./tell-devices${extension}`, import.meta.url));
  const loader = extension === ".ts" ? ["--import", typescriptLoader()] : [];
  const { stdout } = await promisify(execFile)(process.execPath, [...loader, script], { timeout: LONGEST });
  return reported.parse(JSON.parse(stdout));
}

function typescriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}

function hasGraphicsBuild(): boolean {
  return hasCardBuild() || isBuild(/metal/);
}

/** Whether a package for cards with memory of their own is installed. */
export function hasCardBuild(): boolean {
  return isBuild(/cuda|vulkan/);
}

function isBuild(name: RegExp): boolean {
  try {
    return name.test(findNativeFiles().directory);
  } catch (error) {
    if (error instanceof NativeLibraryError) return false;
    throw error;
  }
}
