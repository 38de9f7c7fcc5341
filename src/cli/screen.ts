import type { WriteStream } from "node:tty";
import pc from "picocolors";

/** The colours of a stream; the identity where it shows none. */
export type Paint = ReturnType<typeof pc.createColors>;

/** One of the process's two outputs. */
export interface Screen {
  readonly isTerminal: boolean;
  readonly paint: Paint;
  /** Columns of the terminal; 80 in a log. */
  readonly width: () => number;
  /** Rows of the terminal; unbounded in a log. */
  readonly height: () => number;
  readonly write: (text: string) => void;
  readonly line: (text?: string) => void;
}

const LOG_WIDTH = 80;

/** A stream as a screen. Colours need a terminal that shows them and no `NO_COLOR`. */
export function screenOf(
  stream: NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns" | "rows">>,
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const isTerminal = stream.isTTY === true && environment.TERM !== "dumb";
  const write = (text: string): void => void stream.write(text);
  return {
    isTerminal,
    paint: pc.createColors(isTerminal && !environment.NO_COLOR),
    width: () => (isTerminal ? (stream.columns ?? LOG_WIDTH) : LOG_WIDTH),
    height: () => (isTerminal ? (stream.rows ?? 24) : Number.POSITIVE_INFINITY),
    write,
    line: (text = "") => write(`${text}\n`),
  };
}

/** Takes everything and shows nothing. */
export const silentScreen: Screen = {
  isTerminal: false,
  paint: pc.createColors(false),
  width: () => LOG_WIDTH,
  height: () => Number.POSITIVE_INFINITY,
  write: () => {},
  line: () => {},
};
