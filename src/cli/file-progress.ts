import { SingleBar } from "cli-progress";
import type { Context } from "./context.ts";
import { sizeText } from "./size.ts";

/** Shows how much of a file is written. */
export interface FileProgress {
  readonly progress: (written: number, total: number) => void;
  readonly end: () => void;
}

/** A bar of bytes on a terminal; nothing elsewhere. */
export function fileProgressOf({ json, err }: Context): FileProgress {
  if (json || !err.isTerminal) return { progress: () => {}, end: () => {} };
  const bar = new SingleBar({
    format: `${err.paint.green("{bar}")} {percentage} % · {done} / {whole}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 20,
    hideCursor: true,
    fps: 8,
  });
  let isRunning = false;
  return {
    progress: (written, total) => {
      const shown = { done: sizeText(written), whole: sizeText(total) };
      if (isRunning) bar.update(written, shown);
      else bar.start(total, written, shown);
      isRunning = true;
    },
    end: () => {
      if (isRunning) bar.stop();
    },
  };
}
