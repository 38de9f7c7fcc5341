import type { Screen } from "./screen.ts";

/** What a model wrote, made safe for a terminal, which control characters could steer. A log gets it as it is. */
export function modelText(text: string, screen: Screen): string {
  return screen.isTerminal ? text.replace(/(?![\n\t])\p{Cc}/gu, "") : text;
}

/** A token as one visible piece of a line: spaces, line breaks and control characters can be told apart. */
export function tokenText(text: string): string {
  const visible = text.replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/ /g, "␣");
  return visible === "" ? "∅" : visible.replace(/\p{Cc}/gu, "·");
}
