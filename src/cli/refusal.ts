import { speaksFor } from "../stage/evidence.ts";
import type { StageMismatchError } from "../stage/mismatch.ts";
import { STAGE_WORDS, USE_WORDS } from "../stage/words.ts";
import type { Context } from "./context.ts";
import { beside } from "./layout.ts";
import type { Screen } from "./screen.ts";
import { badge, printEvidence } from "./verdict.ts";

/** Says why a model is not used for what was asked: the verdict, the evidence, the reason, and what to run instead. */
export function printRefusal(context: Context, screen: Screen, mismatch: StageMismatchError): void {
  const { say } = context;
  const { paint } = screen;
  const { reference, found, wanted, verdict, reason, suggestion } = mismatch;
  const stage = say(STAGE_WORDS[found]);
  const use = say(USE_WORDS[wanted]);
  const is = {
    en: `${paint.bold(reference)} is ${stage}, not one for ${use}`,
    zh: `${paint.bold(reference)} 是${stage}，不适合${use}`,
  };
  screen.line(`${paint.red("✗")} ${say(is)}  ${badge(context, screen, verdict)}`);
  const label = (text: string): string => paint.dim(`  ${text}`);
  const width = screen.width();
  const row = (name: string, text: string): void => {
    for (const line of beside(label(name), 12, text, width)) screen.line(line);
  };
  row(say({ en: "Why", zh: "原因" }), say(reason));
  row(say({ en: "Instead", zh: "建议" }), say(suggestion.text));
  screen.line(label(say({ en: "Evidence", zh: "证据" })));
  printEvidence(
    context,
    screen,
    mismatch.evidence.filter((one) => speaksFor(one, found)),
    found,
  );
}
