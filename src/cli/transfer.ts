import { SingleBar } from "cli-progress";
import type { PullEvent } from "../hub/pull/pull.ts";
import { printable } from "../printable.ts";
import type { Context } from "./context.ts";
import { bytesText } from "./layout.ts";

/** Shows how a download goes on: a bar on a terminal, some lines in a log, nothing beside JSON. */
export interface Transfer {
  readonly event: (event: PullEvent) => void;
  readonly end: () => void;
}

export function transferOf(context: Context): Transfer {
  if (context.json) return { event: () => {}, end: () => {} };
  return context.err.isTerminal ? transferBar(context) : transferLog(context);
}

function transferBar({ err, say }: Context): Transfer {
  const bar = new SingleBar({
    format: `${err.paint.green("{bar}")} {percentage} % · {done} / {whole} · {speed}/s · {what}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 20,
    hideCursor: true,
    fps: 8,
  });
  let done = 0;
  let loaded = 0;
  let since = 0;
  const shown = (what: string): object => ({
    done: bytesText(done),
    speed: bytesText(loaded / Math.max(0.001, (performance.now() - since) / 1000)),
    what: printable(what),
  });
  let isRunning = false;
  return {
    event: (event) => {
      switch (event.event) {
        case "start":
          if (event.bytes === 0) return;
          done = event.keptBytes;
          since = performance.now();
          isRunning = true;
          bar.start(event.bytes, done, { whole: bytesText(event.bytes), ...shown("") });
          break;
        case "bytes":
          done += event.bytes;
          loaded += Math.max(0, event.bytes);
          bar.update(done, shown(event.file));
          break;
        case "verify":
          bar.update(done, shown(say({ en: `checking ${event.file}`, zh: `校验 ${event.file}` })));
      }
    },
    end: () => {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}

/** A line at the start, and one at every tenth of the way. */
function transferLog({ err, say }: Context): Transfer {
  let done = 0;
  let whole = 0;
  let told = 0;
  return {
    event: (event) => {
      if (event.event === "start") {
        const { files, bytes, keptBytes } = event;
        [done, whole, told] = [keptBytes, bytes, Math.floor((10 * keptBytes) / Math.max(1, bytes))];
        if (files === 0) return;
        const [size, kept] = [bytesText(bytes), bytesText(keptBytes)];
        err.line(
          say({
            en: `Loading ${files} ${files === 1 ? "file" : "files"}, ${size}${keptBytes > 0 ? `, ${kept} of it here from before` : ""}`,
            zh: `下载 ${files} 个文件，共 ${size}${keptBytes > 0 ? `，其中 ${kept} 此前已下载` : ""}`,
          }),
        );
      } else if (event.event === "bytes") {
        done += event.bytes;
        const tenth = Math.floor((10 * done) / Math.max(1, whole));
        if (tenth <= told) return;
        told = tenth;
        err.line(`${tenth * 10} %  ${bytesText(done)} / ${bytesText(whole)}`);
      }
    },
    end: () => {},
  };
}
