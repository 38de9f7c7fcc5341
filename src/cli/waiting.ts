import type { Context } from "./context.ts";

/** Milliseconds without a piece after which a wait is told of. */
const PATIENCE = 700;
const CLEAR_LINE = "\r\x1b[K";

/**
 * The pieces of a text that is generated. On a terminal a line tells, while the first one is waited for, that the prompt is
 * being read and for how long; it is gone when the text begins.
 */
export async function* whileReading<Piece>(
  { err, say, json }: Context,
  pieces: AsyncIterable<Piece>,
): AsyncGenerator<Piece, void> {
  const began = performance.now();
  let isShown = false;
  const show = (): void => {
    isShown = true;
    const seconds = Math.round((performance.now() - began) / 1000);
    const words = say({ en: `Reading the prompt … ${seconds} s`, zh: `正在读取提示……${seconds} 秒` });
    err.write(`${CLEAR_LINE}${err.paint.dim(words)}`);
  };
  let ticking: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(ticking);
    ticking = undefined;
    if (isShown) err.write(CLEAR_LINE);
    isShown = false;
  };
  if (err.isTerminal && !json) ticking = setInterval(show, PATIENCE);
  try {
    for await (const piece of pieces) {
      stop();
      yield piece;
    }
  } finally {
    stop();
  }
}
