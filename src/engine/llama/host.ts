import { BasewiseError } from "../../errors.ts";
import type { Answer, Failure, FromHost, Request, ToHost } from "./protocol.ts";
import { Session } from "./session.ts";

/*
 * The process that libllama runs in, so that what aborts there ends this process and not the user's program. It
 * answers one request after the other, and hears of cancellations between slices of a prompt and between tokens.
 */

let session: Session | undefined;
/** Requests that wait or run, and those among them that were cancelled. */
const open = new Set<number>();
const cancelled = new Set<number>();

function send(message: FromHost): void {
  process.send?.(message);
}

async function answer(id: number, request: Request): Promise<Answer> {
  if (request.call === "load") {
    session = new Session(request);
    return session.model;
  }
  const loaded = session;
  if (loaded === undefined) throw new RangeError("no model is loaded");
  switch (request.call) {
    case "tokenize":
      return loaded.tokenize(request.text);
    case "bytes":
      return request.ids.map((token) => loaded.bytes(token));
    case "generate":
      return loaded.generate(
        request,
        (token) => send({ id, token }),
        () => cancelled.has(id),
      );
    case "next":
      return loaded.next(request);
    case "logits":
      return loaded.logits(request);
    case "score":
      return loaded.score(request);
  }
}

async function serve(id: number, request: Request): Promise<void> {
  try {
    send({ id, answer: await answer(id, request) });
  } catch (error) {
    send({ id, failure: failureOf(error) });
  } finally {
    open.delete(id);
    cancelled.delete(id);
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof BasewiseError) return { name: error.name, text: error.text };
  const message = error instanceof Error ? error.message : String(error);
  return { name: "Error", text: { en: message, zh: message } };
}

let queue: Promise<void> = Promise.resolve();
process.on("message", (message: ToHost) => {
  if ("cancel" in message) {
    if (open.has(message.id)) cancelled.add(message.id);
    return;
  }
  open.add(message.id);
  queue = queue.then(() => serve(message.id, message.request));
});
// What Ctrl-C means is for the program to decide; without the program there is nobody to compute for.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
