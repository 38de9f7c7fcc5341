import { BadFileError, BasewiseError, EXIT, type ExitCode } from "../../errors.ts";
import { type GgufHeader, readGgufHeader } from "../../formats/gguf/header.ts";
import { requireLoadable } from "../../formats/gguf/loadable.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** A model that is to guess has another vocabulary. */
export class DraftMismatchError extends BasewiseError {
  override readonly name = "DraftMismatchError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The draft model's file. */
  readonly draft: string;
  /** The model's file. */
  readonly model: string;

  constructor(draft: GgufHeader, model: GgufHeader, reason: Text) {
    const [shown, other] = [printable(draft.path), printable(model.path)];
    super({
      en: `${shown} cannot guess for ${other}: ${reason.en}; take a smaller model of the same family.`,
      zh: `${shown} 不能为 ${other} 猜测词元：${reason.zh}；请使用同一系列的更小模型。`,
    });
    this.draft = draft.path;
    this.model = model.path;
  }
}

/** Families pad their vocabularies to different sizes; llama.cpp allows as much. */
const MOST_PADDING = 128;
/** What must be the same beside the tokens, for one text to be the same tokens. */
const SAME = ["tokenizer.ggml.model", "tokenizer.ggml.pre"];

/**
 * The header of a model that is to guess for another one. Throws what `readGgufHeader` and `requireLoadable` throw, and
 * DraftMismatchError where its vocabulary is another one. Source of the rule: `common_speculative_are_compatible` of
 * llama.cpp.
 */
export async function planDraft(path: string, model: GgufHeader): Promise<GgufHeader> {
  const draft = await readGgufHeader(path);
  requireLoadable(draft);
  const reason = mismatch(draft, model);
  if (reason !== undefined) throw new DraftMismatchError(draft, model, reason);
  return draft;
}

function mismatch(draft: GgufHeader, model: GgufHeader): Text | undefined {
  for (const key of SAME) {
    const [here, there] = [draft.metadata.string(key) ?? "?", model.metadata.string(key) ?? "?"];
    if (here === there) continue;
    const [one, other] = [printable(here), printable(there)];
    return {
      en: `its tokenizer is "${one}", and this model's is "${other}"`,
      zh: `它的分词器是 "${one}"，而该模型的是 "${other}"`,
    };
  }
  const [own, others] = [draft, model].map(({ metadata }) => metadata.strings("tokenizer.ggml.tokens") ?? []);
  if (own === undefined || others === undefined) return undefined;
  if (Math.abs(own.length - others.length) > MOST_PADDING) {
    return {
      en: `its vocabulary has ${own.length} tokens, and this model's ${others.length}`,
      zh: `它的词表有 ${own.length} 个词元，而该模型的有 ${others.length} 个`,
    };
  }
  const shared = Math.min(own.length, others.length);
  for (let id = 0; id < shared; id++) {
    if (own[id] === others[id]) continue;
    const [one, other] = [printable(own[id] ?? ""), printable(others[id] ?? "")];
    return {
      en: `token ${id} is "${one}" there, and "${other}" here`,
      zh: `词元 ${id} 在它那里是 "${one}"，在这里是 "${other}"`,
    };
  }
  return undefined;
}

/** A model that cannot guess, because what it has read cannot be taken back, or it writes no text. */
export function cannotDraft(path: string): BadFileError {
  return new BadFileError(path, {
    en: `${printable(path)} cannot guess for another model: it writes no text, or cannot take a token back; take a transformer that generates.`,
    zh: `${printable(path)} 不能为其他模型猜测：它不生成文本，或无法收回词元；请使用生成式 Transformer 模型。`,
  });
}
