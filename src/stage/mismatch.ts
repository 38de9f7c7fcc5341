import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import type { Evidence } from "./evidence.ts";
import { type Fit, fitsOf } from "./fit.ts";
import { KIND_WORDS } from "./kinds.ts";
import type { Stage, Use } from "./stage.ts";
import type { Verdict } from "./verdict.ts";
import { STAGE_WORDS, USE_WORDS } from "./words.ts";

/** A verdict that knows the stage; only such a one can refuse a use. */
export type KnownVerdict = Exclude<Verdict, { readonly status: "unknown" }>;

/** A model, what it was judged to be, and where its counterpart is, if that is known. */
export interface Judged {
  readonly reference: string;
  readonly verdict: Verdict;
  readonly counterpart: string | null;
}

/** What to do instead of an unsuited use. */
export interface Suggestion {
  /** The same model at the stage that suits, where it is known. */
  readonly counterpart: string | null;
  /** The command to run instead. */
  readonly command: string;
  readonly text: Text;
}

/** The model works, and is not for this use. Carries the verdict, the reason and what to run instead. */
export class StageMismatchError extends BasewiseError {
  override readonly name = "StageMismatchError";
  readonly exitCode: ExitCode = EXIT.unsuited;
  /** The model. */
  readonly reference: string;
  /** The use that was wanted. */
  readonly wanted: Use;
  /** The stage that was found. */
  readonly found: Stage;
  /** What it was judged to be. */
  readonly verdict: KnownVerdict;
  /** What speaks for that, the weightiest first. */
  readonly evidence: readonly Evidence[];
  /** Why the stage is not for the use: no defect, a mismatch. */
  readonly reason: Text;
  /** What to take or to run instead. */
  readonly suggestion: Suggestion;

  constructor(judged: Judged, verdict: KnownVerdict, wanted: Use, fit: Extract<Fit, { fit: "unsuited" }>) {
    const { reference } = judged;
    const reason: Text = {
      en: `No defect, a mismatch: ${fit.reason.en}`,
      zh: `模型没有损坏，只是用途不匹配：${fit.reason.zh}`,
    };
    const suggestion = suggest(judged, verdict.stage, wanted, fit.remedy);
    const shown = printable(reference, Number.POSITIVE_INFINITY);
    const stage = verdict.kind === null ? STAGE_WORDS[verdict.stage] : KIND_WORDS[verdict.kind];
    const percent = `${Math.floor(verdict.probability * 100)} %`;
    const known = {
      verified: { en: `verified, ${percent}`, zh: `已验证，${percent}` },
      claimed: { en: `by its files, ${percent}`, zh: `据其文件，${percent}` },
    }[verdict.status];
    super({
      en: `${shown} is ${stage.en} (${known.en}), not one for ${USE_WORDS[wanted].en}. ${reason.en} ${suggestion.text.en}`,
      zh: `${shown} 是${stage.zh}（${known.zh}），不适合${USE_WORDS[wanted].zh}。${reason.zh}${suggestion.text.zh}`,
    });
    this.reference = reference;
    this.wanted = wanted;
    this.found = verdict.stage;
    this.verdict = verdict;
    this.evidence = verdict.evidence;
    this.reason = reason;
    this.suggestion = suggestion;
  }
}

/**
 * The one gate before a model is used: gives the fit, or throws `StageMismatchError` when the stage is unsuited.
 * A model of unknown stage passes, as `possible`.
 */
export function requireFit(judged: Judged, use: Use): Fit {
  const { verdict } = judged;
  const fit = fitsOf(verdict)[use];
  if (fit.fit === "unsuited" && verdict.status !== "unknown") {
    throw new StageMismatchError(judged, verdict, use, fit);
  }
  return fit;
}

/** The command of each use that has one. */
const COMMANDS: Readonly<Partial<Record<Use, string>>> = {
  chat: "chat",
  complete: "complete",
  embed: "embed",
  rerank: "rerank",
};
/** What each stage is for, where a command does it. */
const CALLINGS: Readonly<Partial<Record<Stage, Use>>> = {
  base: "complete",
  instruct: "chat",
  thinking: "chat",
  hybrid: "chat",
  embedding: "embed",
  reranker: "rerank",
};

function suggest(judged: Judged, found: Stage, wanted: Use, remedy: Text): Suggestion {
  // A counterpart helps only between base and chat: it is the other of the two.
  const counterpart = found === "base" && wanted === "chat" ? judged.counterpart : null;
  const own = commandFor(CALLINGS[found], judged.reference) ?? `basewise inspect ${word(judged.reference)}`;
  const other = counterpart === null ? undefined : commandFor(wanted, counterpart);
  const command = other ?? own;
  return {
    counterpart,
    command,
    text:
      other === undefined
        ? { en: `${remedy.en}, or run: ${own}`, zh: `${remedy.zh}，或运行：${own}` }
        : { en: `Run instead: ${other} (or: ${own})`, zh: `请改为运行：${other}（或：${own}）` },
  };
}

function commandFor(use: Use | undefined, reference: string): string | undefined {
  const command = use === undefined ? undefined : COMMANDS[use];
  return command === undefined ? undefined : `basewise ${command} ${word(reference)}`;
}

/** A reference as one word of a shell command. */
function word(reference: string): string {
  const shown = printable(reference, Number.POSITIVE_INFINITY);
  return /^[\w@%+=:,./~-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
