import { printable } from "../../printable.ts";
import { nativeLibraries } from "../library.ts";

/** The library's last complaint that says more than that it failed, without the name of the C function. */
export function complaint(): string {
  const said = nativeLibraries()
    .takeComplaints()
    .map((line) => printable(line.replace(/^\w+: (error loading model: )?/, ""), 300))
    .filter((line) => line !== "");
  return (
    said.findLast((line) => !/^failed to (load|read)|failed to load model/.test(line)) ??
    said.at(-1) ??
    "no reason given"
  );
}
